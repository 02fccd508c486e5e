// The way from a kernel in plain tfjs operations to a faster one that a backend may have registered.
import * as tf from '@tensorflow/tfjs';

/** Names under which faster kernels may be registered with `tf.registerKernel`. */
export type NativeKernel = 'MasqSelectSteps';

/** tf.getKernel, which gives undefined for an unknown kernel whatever its type says. */
const findKernel: (name: string, backend: string) => tf.KernelConfig | undefined = tf.getKernel;

/**
 * Runs the current backend's own kernel, or gives null where it has none. Its gradient is the caller's business.
 */
export function runNative(name: NativeKernel, inputs: tf.NamedTensorMap): tf.Tensor | null {
  if (findKernel(name, tf.getBackend()) === undefined) return null;
  return tf.engine().runKernel(name, inputs);
}
