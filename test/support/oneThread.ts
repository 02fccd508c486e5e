// As oneProcess.ts, for tests of programs: commands run with the threads that TensorFlow was loaded with, which is one, as some ask for.
import tf from '#tfjs';
import { loadEngine } from '../../src/engine/index.js';

const { backend } = await loadEngine({ threads: 1 });
await tf.setBackend(backend);
