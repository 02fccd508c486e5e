// Weight normalisation (Salimans and Kingma 2016, arXiv:1602.07868): a filter is a direction times a length.
import tf from '#tfjs';
import { withGradient } from './withGradient.js';

/**
 * `w = g · u`, `u = v / ‖v‖` for each filter, and 0 where v is 0; `dg = Σ dw · u`, `dv = g / ‖v‖ · (dw - u · dg)`.
 *
 * @param v `[kernelSize, channels, filters]`
 * @param g `[filters]`
 */
export function weightNorm(v: tf.Tensor3D, g: tf.Tensor1D): tf.Tensor3D {
  return withGradient(
    [v, g],
    (v, g) => {
      const lengths = filterLengths(v);
      const inverse = tf.where(tf.greater(lengths, 0), tf.reciprocal(lengths), tf.zerosLike(lengths));
      const directions = tf.mul<tf.Tensor3D>(v, inverse);
      return { value: tf.mul<tf.Tensor3D>(directions, g), save: [directions, inverse, g] };
    },
    (dw, directions, inverse, g) => {
      const dg: tf.Tensor1D = tf.sum(tf.mul(dw, directions), [0, 1]);
      return [tf.mul(tf.mul(g, inverse), tf.sub(dw, tf.mul(directions, dg))), dg];
    },
  );
}

/**
 * `‖v‖` of each filter.
 *
 * @param v `[kernelSize, channels, filters]`
 * @returns `[filters]`
 */
export function filterLengths(v: tf.Tensor3D): tf.Tensor1D {
  return tf.sqrt(tf.sum(tf.square(v), [0, 1]));
}
