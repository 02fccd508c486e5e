// What a layer may apply to its result step by step, as part of the same operation.
import * as tf from '@tensorflow/tfjs';

/** The functions by name. */
export const activations = ['linear', 'relu'] as const;

export type Activation = (typeof activations)[number];

/** `f(x)`. */
export function activate(x: tf.Tensor3D, activation: Activation): tf.Tensor3D {
  return activation === 'relu' ? tf.relu(x) : x;
}

/** `f′ · dy`, told by the result `y = f(x)`, by selection: a gradient that is not finite stops where y is 0. */
export function throughActivation(dy: tf.Tensor3D, y: tf.Tensor3D, activation: Activation): tf.Tensor3D {
  return activation === 'relu' ? tf.where(tf.greater(y, 0), dy, tf.zerosLike(dy)) : dy;
}
