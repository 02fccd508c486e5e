// Test files of src/ share processes, in which tfjs and TensorFlow are loaded once: each begins with TensorFlow as backend,
// whatever the one before has left.
import { beforeAll } from 'vitest';
import tf from '#tfjs';
import { loadEngine } from '../../src/engine/index.js';

beforeAll(async () => {
  const { backend } = await loadEngine();
  await tf.setBackend(backend);
});
