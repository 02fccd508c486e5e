// Groups of a convolution computed several at a time, by kernels that are 0 where a filter does not see a channel: fewer
// and larger convolutions are quicker, to record and to run, as long as the zeros are not too many.
import tf from '#tfjs';
import { withGradient } from './withGradient.js';

/** How many groups of so many channels to compute at a time: the fewest that have `enough` channels, a divisor of all groups. */
export function groupsAtOnce(groups: number, channels: number, enough: number): number {
  let together = 1;
  while (together < groups && (groups % together !== 0 || together * channels < enough)) together++;
  return together;
}

/**
 * `y[k, g·inputs + i, f] = x[k, i, f]` where the filter f belongs to the g-th of the groups computed at a time, else 0.
 *
 * @param kernel `[kernelSize, inputs, filters]`, the inputs of a filter being the channels of its group
 * @param together groups computed at a time
 * @returns `[kernelSize, together · inputs, filters]`
 */
export function blockDiagonal(kernel: tf.Tensor3D, groups: number, together: number): tf.Tensor3D {
  if (together === 1) return kernel;
  const [kernelSize, inputs, filters] = kernel.shape;
  return withGradient(
    [kernel],
    (kernel) => {
      const own = membership(groups, together, filters);
      const blocks = tf.mul(tf.expandDims(kernel, 1), own);
      return { value: tf.reshape(blocks, [kernelSize, together * inputs, filters]), save: [own] };
    },
    (dy, own) => [tf.sum(tf.mul(tf.reshape(dy, [kernelSize, together, inputs, filters]), own), 1)],
  );
}

/** 1 where a filter belongs to the g-th of the groups computed at a time, `[1, together, 1, filters]`. */
function membership(groups: number, together: number, filters: number): tf.Tensor4D {
  const groupOf = (filter: number): number => Math.floor(filter / (filters / groups)) % together;
  const own = Array.from({ length: together * filters }, (_, i) =>
    groupOf(i % filters) === Math.floor(i / filters) ? 1 : 0,
  );
  return tf.tensor4d(own, [1, together, 1, filters]);
}
