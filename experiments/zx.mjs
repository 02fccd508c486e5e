const { loadEngine } = await import('../dist/engine/index.js');
await loadEngine({device:'cpu', threads: 2});
const tf = await import('@tensorflow/tfjs');
const { convolutions } = await import('../dist/engine/kernels/convolution.js');
const { withPrecision } = await import('../dist/engine/kernels/precision.js');
for (const precision of ['float32','bfloat16'])
for (const [b,t,c,f,k] of [[64,128,128,256,5],[64,128,256,128,3],[32,512,128,256,5],[32,512,256,128,3]]) {
  const x = tf.randomNormal([b,t,c]), w = tf.randomNormal([k,c,f]), dy = tf.randomNormal([b,t,f]);
  console.log('SHAPE', precision, b,t,c,f,k);
  for (let i=0;i<15;i++) tf.tidy(() => withPrecision(precision, () => { tf.grads((x,w)=>convolutions.masked(x,w,{masks:null,window:{left:Math.floor((k-1)/2),steps:t,stride:1,dilation:1}}))([x,w],dy); }));
  tf.dispose([x,w,dy]);
}
