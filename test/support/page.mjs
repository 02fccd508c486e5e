// The page of the browser test, before it is bundled. On each backend that the browser has it
// loads the models that the server lists for it, runs them, and sends the logits back.
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { readGates } from '../../dist/layers/index.js';
import { buildModel } from '../../dist/models/index.js';

async function main() {
  setWasmPaths('/wasm/');
  const { backends, values, shape, lengths } = await (await fetch('/inputs.json')).json();
  const filled = values.map((value) => value ?? NaN);
  const inputs = () => [tf.tensor3d(filled, shape), tf.tensor2d(lengths, [lengths.length, 1], 'int32')];
  const logits = {};
  for (const [backend, paths] of Object.entries(backends)) {
    if (!(await tf.setBackend(backend))) continue;
    logits[backend] = {};
    for (const path of paths) {
      const model = await tf.loadLayersModel(path);
      logits[backend][path] = [model.predict(inputs())].flat().map((each) => Array.from(each.dataSync()));
      model.dispose();
    }
  }
  const built = buildModel(
    { name: 'fcn', attention: 'squeeze-excite' },
    { channels: shape[2], classes: 2, seed: 1 },
  );
  return { logits, gates: Object.keys(readGates(built, inputs())) };
}

main()
  .catch((error) => ({ error: String(error?.stack ?? error) }))
  .then((answer) => fetch('/answer', { method: 'POST', body: JSON.stringify(answer) }));
