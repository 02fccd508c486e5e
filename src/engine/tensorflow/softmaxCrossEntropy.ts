// Softmax cross-entropy on TensorFlow.
import { attribute, register } from './register.js';

/** Gives the loss of each row and its gradient `softmax(logits) − targets` at once. */
export function registerSoftmaxCrossEntropy(): void {
  register('MasqSoftmaxCrossEntropy', ({ inputs: { logits, targets }, backend }) =>
    backend.executeMultipleOutputs(
      'SoftmaxCrossEntropyWithLogits',
      [attribute.type(backend, 'T', 'float32')],
      [logits, targets],
      2,
    ),
  );
}
