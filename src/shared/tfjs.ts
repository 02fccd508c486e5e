// TensorFlow.js for browsers, as `#tfjs` in package.json names it: bundlers take the same module as for the page's own import.
import * as tf from '@tensorflow/tfjs';
export default tf;
