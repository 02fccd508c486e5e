// The updates of all parameters at once, operations that native/optimizers.cc adds to TensorFlow. Their inputs are lists:
// all parameters, then all gradients, and so on, in the order in which the caller names them.
import { attribute, register } from './register.js';

/** Which parameters decay (1) and which do not (0), one for each, and by how much. */
interface Decay extends Record<string, number | boolean | readonly number[]> {
  readonly decay: readonly number[];
  readonly weightDecay: number;
}

interface AdamW extends Decay {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

interface Sgd extends Decay {
  readonly momentum: number;
  readonly nesterov: boolean;
}

/** Registers them; TensorFlow must have them. */
export function registerOptimizers(): void {
  register<AdamW>('MasqAdamW', ({ inputs, attributes, backend }) => {
    const { decay, weightDecay, beta1, beta2, epsilon } = attributes;
    return backend.executeMultipleOutputs(
      'MasqAdamW',
      [
        attribute.int(backend, 'N', decay.length),
        attribute.int(backend, 'decay', decay),
        attribute.float(backend, 'weight_decay', weightDecay),
        // Attributes are float32, which holds 0.001 to seven digits and 1 - 0.999 to five.
        attribute.float(backend, 'one_minus_beta1', 1 - beta1),
        attribute.float(backend, 'one_minus_beta2', 1 - beta2),
        attribute.float(backend, 'epsilon', epsilon),
      ],
      Object.values(inputs),
      3 * decay.length,
    );
  });
  register<Sgd>('MasqSgd', ({ inputs, attributes, backend }) => {
    const { decay, weightDecay, momentum, nesterov } = attributes;
    const buffers = momentum === 0 ? 0 : decay.length;
    return backend.executeMultipleOutputs(
      'MasqSgd',
      [
        attribute.int(backend, 'N', decay.length),
        attribute.int(backend, 'S', buffers),
        attribute.int(backend, 'decay', decay),
        attribute.float(backend, 'weight_decay', weightDecay),
        attribute.float(backend, 'momentum', momentum),
        attribute.bool(backend, 'nesterov', nesterov),
      ],
      Object.values(inputs),
      decay.length + buffers,
    );
  });
}
