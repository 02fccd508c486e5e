// TensorFlow.js for Node, as `#tfjs` in package.json names it. Required rather than imported: before an import of a CommonJS
// module Node reads all of its source for names, which for tfjs takes three times as long as running it.
import tf = require('@tensorflow/tfjs');
export = tf;
