// Local max pooling over time that sees valid steps only, with explicit padding and stride. tfjs's own pooling knows
// no padding on one side, and its padded steps of 0 would win over negative values.
import tf from '#tfjs';
import { maskSteps, selectSteps, wholeMask } from './maskSteps.js';
import { hasNative, nativeOutputs } from './native.js';
import { withGradient } from './withGradient.js';

/** Where pooling reads: output step o sees the input steps from `o · stride - left` on, `poolSize` of them. */
export interface PoolingWindow {
  readonly poolSize: number;
  readonly stride: number;
  /** Steps before the first one, less than `poolSize`; they never win. */
  readonly left: number;
  /** Steps of output. */
  readonly steps: number;
}

/** Masks of the input and of the output, bool `[batch, time]` and `[batch, window.steps]`. */
export interface PoolingMasks {
  readonly input: tf.Tensor2D;
  /** Valid steps of the output, each of which must see a valid step of the input. */
  readonly output: tf.Tensor2D;
}

/**
 * `y[b, o, c] = max x[b, t, c]` over the valid steps t of the window of o; 0 where o is no valid step. The gradient
 * goes to the maximum, to the first one where several steps share it.
 *
 * @param x `[batch, time, channels]`
 * @param masks null when every step is valid
 * @returns `[batch, window.steps, channels]`
 */
export function maxPool1d(x: tf.Tensor3D, masks: PoolingMasks | null, window: PoolingWindow): tf.Tensor3D {
  if (window.steps === 0) return tf.slice(x, [0, 0, 0], [-1, 0, -1]);
  if (hasNative('MasqMaxOverWindows')) return poolings.own(x, masks, window);
  return hasNative('MasqMaxPool') ? poolings.image(x, masks, window) : poolings.sliced(x, masks, window);
}

type Pooling = (x: tf.Tensor3D, masks: PoolingMasks | null, window: PoolingWindow) => tf.Tensor3D;

/** The ways to pool: by masq's own operation, by TensorFlow's for images, and by slices on any backend. */
export const poolings: Readonly<Record<'own' | 'image' | 'sliced', Pooling>> = {
  own: ownPool,
  image: (x, masks, window) => masked(imagePool, x, masks, window),
  sliced: (x, masks, window) => masked(slicedPool, x, masks, window),
};

/** Pooling that knows no masks, of steps that cannot win where they are padded. */
function masked(
  pool: (x: tf.Tensor3D, window: PoolingWindow) => tf.Tensor3D,
  x: tf.Tensor3D,
  masks: PoolingMasks | null,
  window: PoolingWindow,
): tf.Tensor3D {
  const candidates = masks === null ? x : candidateSteps(x, masks.input);
  return maskSteps(pool(candidates, window), masks === null ? null : masks.output);
}

/** masq's own pooling, which looks at valid steps only. */
function ownPool(x: tf.Tensor3D, masks: PoolingMasks | null, window: PoolingWindow): tf.Tensor3D {
  const { poolSize: size, stride, left, steps } = window;
  const attributes = { size, stride, left };
  const mask = masks?.input ?? wholeMask(x);
  const outputMask = masks?.output ?? tf.ones<tf.Rank.R2>([x.shape[0], steps], 'bool');
  return withGradient(
    [x],
    (value) => {
      const inputs = { x: value, mask, outputMask };
      const [pooled] = nativeOutputs('MasqMaxOverWindows', inputs, attributes);
      return { value: pooled as tf.Tensor3D, save: [value, mask, outputMask] };
    },
    (dy, value, savedMask, savedOutputMask) => {
      const inputs = { dy, x: value, mask: savedMask, outputMask: savedOutputMask };
      return [nativeOutputs('MasqMaxOverWindowsGrad', inputs, attributes)[0]];
    },
  );
}

/**
 * `x`, and -∞ at padded steps. Their gradient needs no selection: it is 0, since a padded step is the maximum only of
 * a window without a valid one, whose output is no valid step.
 */
function candidateSteps(x: tf.Tensor3D, mask: tf.Tensor2D): tf.Tensor3D {
  return withGradient(
    [x],
    (value) => ({ value: selectSteps(value, mask, -Infinity), save: [] }),
    (dy) => [dy],
  );
}

/** TensorFlow's pooling, over images of one row. */
function imagePool(x: tf.Tensor3D, window: PoolingWindow): tf.Tensor3D {
  const { poolSize, stride, left } = window;
  const attributes = { poolSize, stride, left, right: rightPadding(x.shape[1], window) };
  return withGradient(
    [x],
    (value) => {
      const image: tf.Tensor4D = tf.expandDims(value, 1);
      const pooled = nativeOutputs('MasqMaxPool', { x: image }, attributes)[0] as tf.Tensor4D;
      return { value: tf.squeeze<tf.Tensor3D>(pooled, [1]), save: [image, pooled] };
    },
    (dy, image, pooled) => {
      const inputs = { x: image, y: pooled, dy: tf.expandDims(dy, 1) };
      return [tf.squeeze<tf.Tensor3D>(nativeOutputs('MasqMaxPoolGrad', inputs, attributes)[0], [1])];
    },
  );
}

/** Steps after the last one that the last window reaches; 0 where it ends before. */
function rightPadding(time: number, { poolSize, stride, left, steps }: PoolingWindow): number {
  return Math.max(0, (steps - 1) * stride + poolSize - left - time);
}

/**
 * The maximum of `poolSize` slices, which has a gradient on every backend. Of equal values `tf.maximum` passes the
 * gradient to its first argument.
 */
function slicedPool(x: tf.Tensor3D, { poolSize, stride, left, steps }: PoolingWindow): tf.Tensor3D {
  const [batch, time, channels] = x.shape;
  // Groups of `stride` steps: step k of window o is step k mod stride of group o + ⌊k / stride⌋.
  const groups = steps + Math.floor((poolSize - 1) / stride);
  const used = Math.min(time, groups * stride - left);
  const padded = tf.pad(
    tf.slice(x, [0, 0, 0], [-1, used, -1]),
    [
      [0, 0],
      [left, groups * stride - left - used],
      [0, 0],
    ],
    -Infinity,
  );
  const grouped: tf.Tensor4D = tf.reshape(padded, [batch, groups, stride, channels]);
  return Array.from({ length: poolSize }, (_, k) =>
    tf.reshape<tf.Rank.R3>(
      tf.slice(grouped, [0, Math.floor(k / stride), k % stride, 0], [-1, steps, 1, -1]),
      [batch, steps, channels],
    ),
  ).reduce((first, later) => tf.maximum(first, later));
}
