// The way from a kernel in plain tfjs operations to a faster one that a backend may have registered.
import tf from '#tfjs';

/** Names under which faster kernels may be registered with `tf.registerKernel`; see src/engine/tensorflow/. */
export type NativeKernel = `Masq${string}`;

/** Numbers, strings and switches of a kernel. */
export type NativeAttributes = Readonly<Record<string, number | string | boolean | readonly number[]>>;

/** tf.getKernel, which gives undefined for an unknown kernel whatever its type says. */
const findKernel: (name: string, backend: string) => tf.KernelConfig | undefined = tf.getKernel;

/** Whether the current backend has a kernel of that name. */
export function hasNative(name: NativeKernel): boolean {
  return findKernel(name, tf.getBackend()) !== undefined;
}

/**
 * Runs the current backend's own kernel and gives its outputs, or null where it has none. Its gradient is the caller's
 * business.
 */
export function runNative(
  name: NativeKernel,
  inputs: tf.NamedTensorMap,
  attributes: NativeAttributes = {},
): tf.Tensor[] | null {
  if (!hasNative(name)) return null;
  const outputs = tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(name, inputs, { ...attributes });
  return Array.isArray(outputs) ? outputs : [outputs];
}

/** As `runNative`, for a kernel that the caller knows to be there. */
export function nativeOutputs(
  name: NativeKernel,
  inputs: tf.NamedTensorMap,
  attributes: NativeAttributes = {},
): tf.Tensor[] {
  const outputs = runNative(name, inputs, attributes);
  if (outputs === null) throw new Error(`The backend "${tf.getBackend()}" has no kernel ${name}.`);
  return outputs;
}
