// Test files of src/ share processes, in which tfjs and TensorFlow are loaded once: the next one finds TensorFlow as backend.
import { afterAll } from 'vitest';
import tf from '#tfjs';

afterAll(async () => {
  if (tf.findBackendFactory('tensorflow') !== null) await tf.setBackend('tensorflow');
});
