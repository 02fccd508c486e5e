// Linear interpolation of the valid steps of each row at a fixed number of positions.
import tf from '#tfjs';
import { padTime } from './convolutionWindow.js';
import { maskSteps, wholeMask } from './maskSteps.js';
import { withGradient } from './withGradient.js';

/**
 * `y[b, s] = (1 - f) · x[b, i] + f · x[b, i + 1]`, i and f being the whole part and the rest of the position
 * `s · (n - 1) / (steps - 1)` in a row of n valid steps: the first and the last valid step come out at the ends, and a row
 * of `steps` steps comes out as it is. A row of one step is repeated; a row of none gives 0. One position alone is the
 * first step. The gradient is `dx[b, t] = Σₛ w · dy[b, s]`, `w = max(0, 1 - |t - i - f|)`, at valid steps t.
 *
 * @param x `[batch, time, channels]`
 * @param mask bool `[batch, time]`, or null when every step is valid
 * @returns `[batch, steps, channels]`
 */
export function resampleSteps(x: tf.Tensor3D, mask: tf.Tensor2D | null, steps: number): tf.Tensor3D {
  return withGradient(
    [x],
    (x) => {
      const valid = mask ?? wholeMask(x);
      const { before, rest } = positions(valid, steps);
      return { value: interpolate(maskSteps(x, mask), before, rest), save: [valid, before, rest] };
    },
    (dy, valid, before, rest) => {
      const t = tf.expandDims(tf.range(0, valid.shape[1], 1, 'int32'), 0);
      const distance = tf.abs(tf.sub(tf.cast(tf.sub(t, before), 'float32'), rest));
      const weights = tf.maximum(tf.sub(1, distance), 0);
      return [maskSteps(tf.matMul(weights, dy, true), valid)];
    },
  );
}

/** Whole part, int32, and rest, float32, of each position, both `[batch, steps, 1]`. */
function positions(valid: tf.Tensor2D, steps: number): { before: tf.Tensor3D; rest: tf.Tensor3D } {
  const int = (value: number): tf.Scalar => tf.scalar(value, 'int32');
  const last = tf.maximum(tf.sub(tf.sum(tf.cast(valid, 'int32'), 1, true), int(1)), int(0));
  // In integers: as one float32 number, a position far from 0 would have no exact rest.
  const intervals = Math.max(1, steps - 1);
  const numerator = tf.mul(tf.expandDims(tf.range(0, steps, 1, 'int32'), 0), last);
  const before = tf.floorDiv(numerator, int(intervals));
  const rest = tf.sub(numerator, tf.mul(before, int(intervals)));
  return {
    before: tf.expandDims(before, 2),
    rest: tf.expandDims(tf.div(tf.cast(rest, 'float32'), intervals), 2),
  };
}

/** Between the steps `before` and those after them. */
function interpolate(x: tf.Tensor3D, before: tf.Tensor3D, rest: tf.Tensor3D): tf.Tensor3D {
  const whole = x.shape[1] === 0 ? padTime(x, 0, 1) : x;
  const [batch, time, channels] = whole.shape;
  const int = (value: number): tf.Scalar => tf.scalar(value, 'int32');
  const rows = tf.mul(tf.reshape(tf.range(0, batch, 1, 'int32'), [batch, 1, 1]), int(time));
  const flat = tf.reshape(whole, [batch * time, channels]);
  const at = (step: tf.Tensor): tf.Tensor3D =>
    tf.reshape(tf.gather(flat, tf.reshape(tf.add(rows, step), [-1])), [batch, -1, channels]);
  const after = tf.minimum(tf.add(before, int(1)), int(time - 1));
  return tf.add(tf.mul(at(before), tf.sub(1, rest)), tf.mul(at(after), rest));
}
