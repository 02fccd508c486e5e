// The option `activation` of masked layers.
import { activations, type Activation } from '../engine/kernels/index.js';
import { UserError } from '../shared/errors.js';

/** @throws UserError when there is no such activation */
export function assertActivation(value: string, layerName: string): asserts value is Activation {
  if ((activations as readonly string[]).includes(value)) return;
  throw new UserError(
    `Layer "${layerName}": activation is "${value}"; expected one of ${activations.join(', ')}.`,
  );
}
