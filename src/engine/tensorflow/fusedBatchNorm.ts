// TensorFlow's own fused batch normalisation, for batches without padding.
import { attribute, register, type TensorflowBackend } from './register.js';

/** Inputs `x, gamma, beta, empty`, x `[batch, 1, time, channels]` and `empty` without elements. */
export function registerFusedBatchNorm(): void {
  register<{ epsilon: number }>('MasqFusedBatchNorm', ({ inputs, attributes: { epsilon }, backend }) => {
    const { x, gamma, beta, empty } = inputs;
    // Moving averages are masq's business: TensorFlow would need the old ones for them.
    return backend.executeMultipleOutputs(
      'FusedBatchNormV3',
      [...options(backend, epsilon), attribute.float(backend, 'exponential_avg_factor', 1)],
      [x, gamma, beta, empty, empty],
      6,
    );
  });
  register<{ epsilon: number }>('MasqFusedBatchNormGrad', ({ inputs, attributes: { epsilon }, backend }) => {
    const { dy, x, gamma, reserve1, reserve2, reserve3 } = inputs;
    return backend
      .executeMultipleOutputs(
        'FusedBatchNormGradV3',
        options(backend, epsilon),
        [dy, x, gamma, reserve1, reserve2, reserve3],
        5,
      )
      .slice(0, 3);
  });
}

function options(backend: TensorflowBackend, epsilon: number) {
  return [
    attribute.type(backend, 'T', 'float32'),
    attribute.type(backend, 'U', 'float32'),
    attribute.float(backend, 'epsilon', epsilon),
    attribute.string(backend, 'data_format', 'NHWC'),
    attribute.bool(backend, 'is_training', true),
  ];
}
