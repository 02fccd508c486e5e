// Masking on TensorFlow.
import { attribute, register } from './register.js';

/** `SelectV2` broadcasts by itself; tf.where tiles mask and filling to the full shape first. */
export function registerMasking(): void {
  register('MasqSelectSteps', ({ inputs: { mask, x, otherwise }, backend }) =>
    backend.executeSingleOutput('SelectV2', [attribute.type(backend, 'T', 'float32')], [mask, x, otherwise]),
  );
}
