// node step.mjs model B T C mode(eq|masked) precision threads
import { createRequire } from 'node:module';
const root = process.env.ROOT ?? '/work/main';
const [,, name, B, T, C, mode='eq', precision='float32', dump=''] = process.argv;
const tf = await import(root + '/node_modules/@tensorflow/tfjs/dist/tf.node.js').then(m => m.default ?? m);
const { loadEngine, compile } = await import(root + '/dist/engine/index.js');
const { withPrecision } = await import(root + '/dist/engine/kernels/index.js');
const { buildModel } = await import(root + '/dist/models/index.js');
const { createOptimizer, createTrainingState, trainStep } = await import(root + '/dist/train/index.js');
await loadEngine({ threads: Number(process.env.TH ?? 2) });
const [b, t, c] = [Number(B), Number(T), Number(C)];
const model = buildModel({ name, attention: { name: 'squeeze-excite', ratio: 16 } }, { channels: c, classes: 5, seed: 1 });
const optimizer = createOptimizer({ name: 'adamw', learningRate: 1e-3, weightDecay: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
const state = createTrainingState(model, optimizer);
const vars = [...model.weights.map(w => w.read()), ...state.slots.flat()];
const program = compile({ state: vars, entries: { train: { inputs: { values: {shape:[b,t,c],dtype:'float32'}, lengths: {shape:[b,1],dtype:'int32'}, labels: {shape:[b],dtype:'int32'}, learningRate: {shape:[],dtype:'float32'}, step: {shape:[],dtype:'float32'} },
  run: ({learningRate, step, ...batch}) => ({ loss: withPrecision(precision, () => trainStep(state, batch, {learningRate, step}, { optimizer, gradientClipping: null })).loss }) } } });
const values = tf.randomNormal([b,t,c],0,1,'float32',1), labels = tf.randomUniform([b],0,5,'int32',2);
const lengths = tf.tensor2d(Array.from({length:b},(_,i)=> mode==='eq'? t : Math.ceil(t*(0.5+0.5*i/(b-1)))), [b,1], 'int32');
const run = (i) => { const learningRate = tf.scalar(1e-3), step = tf.scalar(i+1); const r = program.run('train', { values, lengths, labels, learningRate, step }); r.loss.dataSync(); tf.dispose([r.loss, learningRate, step]); };
const t0 = performance.now(); run(0); const first = performance.now()-t0;
for (let i=1;i<6;i++) run(i);
const N=Number(process.env.N??400); const c0=process.cpuUsage(); const ts=[]; for (let i=0;i<N;i++){ const s=performance.now(); run(6+i); ts.push(performance.now()-s); }
ts.sort((x,y)=>x-y);
console.log(`${name} masq ${mode} ${precision} B${b} T${t} median ${ts[N>>1].toFixed(1)} min ${ts[0].toFixed(1)} cpu ${((process.cpuUsage(c0).user+process.cpuUsage(c0).system)/1000/N).toFixed(2)} q10 ${ts[Math.floor(N*0.1)].toFixed(2)} capture ${program.captureSeconds.toFixed(2)} first ${first.toFixed(0)}`);
