// The gradient of stock tfjs's ReLU as one operation of TensorFlow instead of six.
import tf from '#tfjs';
import { runNative } from '../kernels/native.js';
import { attribute, register } from './register.js';

/**
 * Replaces the gradient of the stock kernel `Relu`, so that every tfjs model profits. It reads the output, not the
 * input, which then need not be kept. The values are the same, and it can be differentiated again.
 */
export function registerReluGradient(): void {
  register('MasqStockReluGrad', ({ inputs: { dy, y }, backend }) =>
    backend.executeSingleOutput('ReluGrad', [attribute.type(backend, 'T', 'float32')], [dy, y]),
  );
  tf.registerGradient({
    kernelName: 'MasqStockReluGrad',
    inputsToSave: ['y'],
    gradFunc: (ddy, [y]) => ({
      dy: () => reluGradient(ddy as tf.Tensor, y),
      y: () => tf.zerosLike(y),
    }),
  });
  tf.unregisterGradient('Relu');
  tf.registerGradient({
    kernelName: 'Relu',
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({ x: () => reluGradient(dy as tf.Tensor, y) }),
  });
}

/** `dy` where `y > 0`, else 0. Gradients belong to all backends at once, so this one serves every backend. */
function reluGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const native =
    dy.dtype === 'float32' && y.dtype === 'float32' ? runNative('MasqStockReluGrad', { dy, y }) : null;
  return native?.[0] ?? tf.mul(dy, tf.cast(tf.step(y), 'float32'));
}
