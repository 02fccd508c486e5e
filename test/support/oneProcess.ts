// Test files of src/ share processes, in which tfjs and TensorFlow are loaded once: the next one finds TensorFlow as backend.
import { afterAll } from 'vitest';
import tf from '#tfjs';

afterAll(async () => {
  if ('tensorflow' in tf.engine().registryFactory) await tf.setBackend('tensorflow');
});
