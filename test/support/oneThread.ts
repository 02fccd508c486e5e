// Tests of programs share processes too, in which commands run with the threads that TensorFlow was loaded with: one, as some ask for.
import { loadEngine } from '../../src/engine/index.js';

await loadEngine({ threads: 1 });
