// Random numbers and dropout without state: the same key gives the same numbers, wherever and whenever, so that a
// recorded step draws anew when its key is an input, and a resumed run repeats an uninterrupted one.
import { uniformFloat32 } from 'pure-rand/distribution/uniformFloat32';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import tf from '#tfjs';
import { deriveSeed } from '../../shared/random.js';
import { runNative } from './native.js';
import { withGradient } from './withGradient.js';

/**
 * Independent uniform numbers in [0, 1): on TensorFlow by the counter-based generator Philox (Salmon et al. 2011), on other
 * backends drawn on the host by xoroshiro128+ (Blackman and Vigna 2021). The n-th number in row-major order depends on the
 * key and on n alone: a longer first axis only adds numbers.
 *
 * @param key int32 `[2]`
 */
export function statelessUniform<Rank extends tf.Rank>(
  shape: tf.ShapeMap[Rank],
  key: tf.Tensor1D,
): tf.Tensor<Rank> {
  const native = runNative('MasqStatelessUniform', { key }, { shape: [...shape] });
  return (native?.[0] ?? drawOnHost(shape, key)) as tf.Tensor<Rank>;
}

function drawOnHost(shape: number[], key: tf.Tensor1D): tf.Tensor {
  const generator = xoroshiro128plus(deriveSeed(0, ...key.dataSync()));
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => uniformFloat32(generator)),
    shape,
  );
}

/**
 * Dropout (Srivastava et al. 2014): each value becomes 0 with probability `rate`, else `x / (1 − rate)`; the gradient is
 * chosen and scaled alike. Which values of `[batch, time, channels]` are dropped depends on key, row, step, channel and
 * the numbers of rows and channels, not on the padded length.
 *
 * @param x of any shape; where it is `[batch, time, …]`, padding changes nothing
 * @param rate from 0 to below 1
 * @param key int32 `[2]`
 * @param unit what is kept or dropped as one: each value, or all of a row (stochastic depth, Huang et al. 2016,
 *   arXiv:1603.09382)
 */
export function dropout<Values extends tf.Tensor>(
  x: Values,
  rate: number,
  key: tf.Tensor1D,
  unit: DropoutUnit = 'value',
): Values {
  if (!(rate >= 0 && rate < 1))
    throw new RangeError(`Dropout rate is ${rate}, expected 0 or more and below 1.`);
  if (rate === 0) return x;
  return withGradient(
    [x],
    (input) => {
      const kept = unit === 'value' ? keepMask(input, rate, key) : keepRows(input, rate, key);
      return { value: keep(input, kept, rate), save: [kept] };
    },
    (dy, kept) => [keep(dy, kept, rate)],
  );
}

/** What dropout keeps or drops as one. */
export const dropoutUnits = ['value', 'recording'] as const;
export type DropoutUnit = (typeof dropoutUnits)[number];

/** True with probability `1 − rate`, bool `[batch, 1, …]`. */
function keepRows({ shape: [batch, ...rest] }: tf.Tensor, rate: number, key: tf.Tensor1D): tf.Tensor {
  const noise = statelessUniform([batch, ...rest.map(() => 1)] as [number, number], key);
  return tf.greaterEqual(noise, rate);
}

/**
 * True with probability `1 − rate`, bool of the tensor's shape. Drawn step by step where there are steps, so that padding
 * adds draws at the end.
 */
function keepMask({ shape }: tf.Tensor, rate: number, key: tf.Tensor1D): tf.Tensor {
  if (shape.length < 2) return tf.greaterEqual(statelessUniform(shape as [number], key), rate);
  const [batch, time, ...rest] = shape;
  const noise = statelessUniform([time, batch, ...rest] as [number, number], key);
  // Of the noise, not of truths: oneDNN reports an error for these, and TensorFlow prints it.
  return tf.greaterEqual(tf.transpose(noise, [1, 0, ...rest.map((_, i) => i + 2)]), rate);
}

/** `x / (1 − rate)` where `kept`, else 0. */
function keep<Values extends tf.Tensor>(x: Values, kept: tf.Tensor, rate: number): Values {
  const inputs = { condition: kept, x: tf.mul<Values>(x, 1 / (1 - rate)), otherwise: tf.scalar(0) };
  const native = runNative('MasqSelect', inputs)?.[0];
  return (native ?? tf.where<tf.Tensor>(kept, inputs.x, inputs.otherwise)) as Values;
}
