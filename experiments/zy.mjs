const threads = Number(process.argv[2] ?? 1);
const { loadEngine } = await import('../dist/engine/index.js');
await loadEngine({device:'cpu', threads});
const tf = await import('@tensorflow/tfjs');
const { ownConvolution } = await import('../dist/engine/kernels/ownConvolution.js');
const { nativeOutputs } = await import('../dist/engine/kernels/native.js');
const clock = threads === 1 ? () => { const u=process.cpuUsage(); return (u.user+u.system)/1000; } : () => performance.now();
for (const precision of ['float32','bfloat16'])
for (const [b,t,c,f,k] of [[16,29,128,256,5],[16,29,256,128,3],[64,128,6,128,8],[64,128,128,256,5],[64,128,256,128,3],[32,512,128,256,5],[32,512,256,128,3],[64,128,64,64,8],[64,128,32,32,40],[64,128,128,32,1]]) {
  const x = tf.randomNormal([b,t,c]), w = tf.randomNormal([k,c,f]), dy = tf.randomNormal([b,t,f]), mask = tf.ones([b,t],'bool');
  const n = ownConvolution(precision), win = {dilation:1,left:Math.floor((k-1)/2)};
  const gf = 2e-9*b*t*c*f*k;
  const out=[];
  for (const [name, ins, at] of [[n.output,{x,kernel:w,mask,outputMask:mask},win],[n.inputGradient,{dy,kernel:w,mask,outputMask:mask},win],[n.kernelGradient,{x,dy,mask,outputMask:mask},{...win,taps:k}]]) {
    let best=1e9;
    for (let i=0;i<15;i++) { const a=clock(); tf.dispose(nativeOutputs(name,ins,at)); best=Math.min(best,clock()-a); }
    out.push(`${best.toFixed(2)}ms ${(gf/best*1e3).toFixed(0)}GF`);
  }
  console.log(precision,b,t,c,f,k,out.join('  '));
  tf.dispose([x,w,dy,mask]);
}
process.exit(0)
