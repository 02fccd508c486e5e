// What turns the excitation of an attention layer into a gate.
import tf from '#tfjs';

/**
 * The gates by name: `sigmoid`, 0 to 1; `hard-sigmoid`, `clip(s/6 + 1/2, 0, 1)` (Howard et al. 2019, arXiv:1905.02244);
 * `one-plus-tanh`, `1 + tanh(s)`, 0 to 2, so that it can amplify.
 */
export const gates = {
  sigmoid: (s: tf.Tensor): tf.Tensor => tf.sigmoid(s),
  'hard-sigmoid': (s: tf.Tensor): tf.Tensor => tf.clipByValue(tf.add(tf.mul(s, 1 / 6), 0.5), 0, 1),
  'one-plus-tanh': (s: tf.Tensor): tf.Tensor => tf.add(tf.tanh(s), 1),
} as const;

export type Gate = keyof typeof gates;

/** The least and the largest that each gate can be. */
export const gateRanges: Readonly<Record<Gate, readonly [number, number]>> = {
  sigmoid: [0, 1],
  'hard-sigmoid': [0, 1],
  'one-plus-tanh': [0, 2],
};
