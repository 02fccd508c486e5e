// Padding with zeros on TensorFlow.
import tf from '#tfjs';
import { attribute, type TensorflowBackend } from './register.js';

/**
 * Replaces the stock kernel `PadV2` for zeros in float32: its operation takes what to pad with from the memory of the host, for
 * which a graphics card that has that number makes the host wait. `Pad` takes none, and its results are the same.
 */
export function registerPad(): void {
  const stock = tf.getKernel('PadV2', 'tensorflow');
  const kernelFunc: tf.KernelFunc = (call) => {
    const { x } = call.inputs as Record<'x', tf.TensorInfo>;
    const { paddings, constantValue } = call.attrs as unknown as {
      paddings: [number, number][];
      constantValue: number;
    };
    if (x.dtype !== 'float32' || !Object.is(constantValue, 0)) return stock.kernelFunc(call);
    const backend = call.backend as unknown as TensorflowBackend;
    const sizes = tf.tensor2d(paddings, [paddings.length, 2], 'int32');
    const attributes = [
      attribute.type(backend, 'T', 'float32'),
      attribute.type(backend, 'Tpaddings', 'int32'),
    ];
    const result = backend.executeSingleOutput('Pad', attributes, [x, sizes]);
    sizes.dispose();
    return result;
  };
  tf.unregisterKernel('PadV2', 'tensorflow');
  tf.registerKernel({ kernelName: 'PadV2', backendName: 'tensorflow', kernelFunc });
}
