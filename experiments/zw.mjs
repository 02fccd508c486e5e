// own vs TensorFlow's convolutions, interleaved in one process. args: model list, precision list
import { performance } from 'node:perf_hooks';
const { loadEngine } = await import('../dist/engine/index.js');
await loadEngine({device:'cpu', threads: 2});
const tf = await import('@tensorflow/tfjs');
const { buildModel } = await import('../dist/models/index.js');
const { makeStep } = await import('../bench/contenders/masq-step.mjs');
const { ownConvolution } = await import('../dist/engine/kernels/ownConvolution.js');
const names = { fcn: 'fcn', resnet: 'resnet', inception: 'inception-time' };
const networks = JSON.parse((await import('node:fs')).readFileSync('bench/networks.json'));
const models = (process.argv[2] ?? 'fcn').split(','), precisions = (process.argv[3] ?? 'float32,bfloat16').split(',');
const shapes = (process.argv[4] ?? '16x29x12,64x128x6,32x512x6').split(',').map(s=>s.split('x').map(Number));
const kernels = [];
for (const p of precisions) for (const k of Object.values(ownConvolution(p))) { const c = tf.getKernel(k,'tensorflow'); if (c) kernels.push(c); }
for (const m of models) for (const [b,t,c] of shapes) for (const precision of precisions) {
  const make = (ragged) => {
    const lengths = Int32Array.from({length:b}, (_,i)=> ragged ? Math.max(1, Math.round(t*(1-0.45*(i/b)))) : t);
    const values = new Float32Array(b*t*c); for (let i=0;i<values.length;i++) values[i]=Math.sin(i*1.7)*1.5;
    return { values, shape:[b,t,c], lengths, labels: Int32Array.from({length:b},(_,i)=>i%4), mask: undefined };
  };
  const steps = {};
  const { body, ratio, ...options } = networks[m];
  for (const kind of [process.argv[5]]) {
    if (kind==='tf') for (const k of kernels) tf.unregisterKernel(k.kernelName,'tensorflow');
    const model = buildModel({ name: names[body], attention:{name:'squeeze-excite', ratio}, ...options }, { channels:c, classes:4, seed:1 });
    steps[kind] = makeStep({captured:true, precision}, model, [make(false)]);
    if (kind==='tf') for (const k of kernels) tf.registerKernel(k);
  }
  const times = {}; let n=1;
  const fs = await import('node:fs');
  const busy = () => { const f = fs.readFileSync('/proc/stat','utf8').split('\n')[0].trim().split(/\s+/).slice(1).map(Number); return (f[0]+f[1]+f[2]+f[5]+f[6])*10; };
  const own = () => { const u = process.cpuUsage(); return (u.user+u.system)/1000; };
  const losses = {}, last = {};
  for (let round=0; round<5; round++) for (const kind of [process.argv[5]]) for (const ragged of [false,true]) {
    const batch = make(ragged), key = kind+(ragged?'-ragged':'');
    let l; const count = Math.max(3, Math.round(250/(last[key] ?? 60)));
    l = steps[kind].train(batch, n++); l.dataSync(); 
    const b0=busy(), o0=own(); const a = performance.now();
    for (let i=0;i<count;i++) { l.dispose(); l = steps[kind].train(batch, n++); }
    (losses[key]??=[]).push(l.dataSync()[0]); l.dispose();
    const d=performance.now()-a, others=(busy()-b0)-(own()-o0); times[key]??=[]; last[key]=d/count; times[key].push(d/count);
  }
  const med = a => [...a.slice(1)].sort((x,y)=>x-y)[1] ?? NaN;
  console.log(m, [b,t,c].join('x'), precision, Object.entries(times).map(([k,v])=>`${k} ${med(v).toFixed(2)}`).join('  '), 'loss', Object.values(losses).map(v=>(v.at(-1)??NaN).toFixed(4)).join(' '));
}
process.exit(0);
