// Product of two matrices in the current precision.
import tf from '#tfjs';
import { runNative } from './native.js';
import { currentPrecision } from './precision.js';

/**
 * `a·b`, in the current precision where the backend has it.
 *
 * @param a `[rows, inner]`
 * @param b `[inner, columns]`
 * @returns `[rows, columns]`
 */
export function matMul(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  const attributes = { transposeA: false, transposeB: false, precision: currentPrecision() };
  const native = runNative('MasqMatMul', { a, b }, attributes);
  return (native?.[0] as tf.Tensor2D | undefined) ?? tf.matMul(a, b);
}
