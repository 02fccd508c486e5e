// Selection on TensorFlow.
import { attribute, register } from './register.js';

/** `SelectV2` broadcasts by itself; tf.where tiles condition and filling to the full shape first. */
export function registerSelection(): void {
  register('MasqSelect', ({ inputs: { condition, x, otherwise }, backend }) =>
    backend.executeSingleOutput(
      'SelectV2',
      [attribute.type(backend, 'T', 'float32')],
      [condition, x, otherwise],
    ),
  );
}
