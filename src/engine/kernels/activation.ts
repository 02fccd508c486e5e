// What a layer may apply to its result value by value. All of them give 0 for 0, so that padding stays 0.
import tf from '#tfjs';
import { withGradient } from './withGradient.js';

/** What masq's own operations apply as part of themselves. */
export const fusedActivations = ['linear', 'relu'] as const;

export type FusedActivation = (typeof fusedActivations)[number];

/** The other functions by name. */
const separate = {
  /** `x` above 0, `e^x - 1` below (Clevert et al. 2016, arXiv:1511.07289). */
  elu: (x: tf.Tensor3D): tf.Tensor3D => pointwise(x, tf.elu, (x) => tf.exp(tf.minimum(x, 0))),
  /** `x · Φ(x)`, Φ the normal distribution, exactly (Hendrycks and Gimpel 2016, arXiv:1606.08415). */
  gelu: (x: tf.Tensor3D): tf.Tensor3D =>
    pointwise(
      x,
      (x) => tf.mul(x, normal(x)),
      (x) =>
        tf.add(normal(x), tf.mul(x, tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI)))),
    ),
  /** `x · sigmoid(x)` (Ramachandran et al. 2017, arXiv:1710.05941), also called SiLU. */
  swish: (x: tf.Tensor3D): tf.Tensor3D =>
    withGradient(
      [x],
      (x) => {
        const s: tf.Tensor3D = tf.sigmoid(x);
        const y = tf.mul<tf.Tensor3D>(x, s);
        return { value: y, save: [y, s] };
      },
      // s + x·s·(1 - s)
      (dy, y, s) => [tf.mul(dy, tf.add(s, tf.mul(y, tf.sub(1, s))))],
    ),
  /** `x · h`, `h = min(max(x + 3, 0), 6) / 6` (Howard et al. 2019, arXiv:1905.02244). */
  'hard-swish': (x: tf.Tensor3D): tf.Tensor3D =>
    withGradient(
      [x],
      (x) => {
        const h: tf.Tensor3D = tf.mul(tf.relu6(tf.add<tf.Tensor3D>(x, 3)), 1 / 6);
        return { value: tf.mul<tf.Tensor3D>(x, h), save: [x, h] };
      },
      // Beyond the corners the slope is h, which is 0 or 1 there.
      (dy, x, h) => [
        tf.mul(dy, tf.where(tf.less(tf.abs(x), 3), tf.add<tf.Tensor3D>(tf.mul(x, 1 / 3), 0.5), h)),
      ],
    ),
} as const;

/** The functions by name. */
export const activations = [...fusedActivations, ...(Object.keys(separate) as (keyof typeof separate)[])];

export type Activation = FusedActivation | keyof typeof separate;

/** `f(x)`. */
export function activate<Values extends tf.Tensor>(x: Values, activation: Activation): Values {
  if (activation === 'linear') return x;
  if (activation === 'relu') return tf.relu(x);
  return separate[activation](x as unknown as tf.Tensor3D) as unknown as Values;
}

/** What an operation of masq's own can apply of an activation, and what is left to apply to its result. */
export function divideActivation(activation: Activation): { fused: FusedActivation; after: Activation } {
  const fused = fusedActivations.find((name) => name === activation);
  return fused === undefined ? { fused: 'linear', after: activation } : { fused, after: 'linear' };
}

/** `f′ · dy`, told by the result `y = f(x)`, by selection: a gradient that is not finite stops where y is 0. */
export function throughActivation(dy: tf.Tensor3D, y: tf.Tensor3D, activation: FusedActivation): tf.Tensor3D {
  return activation === 'relu' ? tf.where(tf.greater(y, 0), dy, tf.zerosLike(dy)) : dy;
}

/** Φ(x), the distribution function of the normal distribution. */
function normal(x: tf.Tensor3D): tf.Tensor3D {
  return tf.mul(tf.add<tf.Tensor3D>(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
}

/** `f(x)` with the gradient `f′(x) · dy`. */
function pointwise(
  x: tf.Tensor3D,
  f: (x: tf.Tensor3D) => tf.Tensor3D,
  derivative: (x: tf.Tensor3D) => tf.Tensor3D,
): tf.Tensor3D {
  return withGradient(
    [x],
    (x) => ({ value: f(x), save: [x] }),
    (dy, x) => [tf.mul(dy, derivative(x))],
  );
}
