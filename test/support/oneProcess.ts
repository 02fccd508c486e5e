// Test files of src/ share processes, in which tfjs and TensorFlow are loaded once. This runs before each of them, and before
// it is asked which of its tests there are, so that all begin with TensorFlow whatever the file before has left.
import tf from '#tfjs';
import { loadEngine } from '../../src/engine/index.js';
import { testDevice } from './devices.js';

const { backend } = await loadEngine({ device: testDevice });
await tf.setBackend(backend);
