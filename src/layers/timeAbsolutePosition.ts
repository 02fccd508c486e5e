// The time absolute position encoding of ConvTran (tAPE, Foumani et al. 2023, arXiv:2305.16642): sines and cosines whose
// frequencies fit the length of the recording and the number of channels.
import tf from '#tfjs';
import { maskSteps } from '../engine/kernels/index.js';
import { assertCounts } from './convolutionLength.js';
import { lengthsFromMask } from './mask.js';
import { MaskedLayer, type Inputs, type Kwargs, type MaskedLayerArgs } from './maskedLayer.js';

export interface TimeAbsolutePositionArgs extends MaskedLayerArgs {
  /** The length L, in steps, that frequencies fit; longer recordings go on from there. Default: each recording's own. */
  maximumLength?: number;
}

export class TimeAbsolutePosition extends MaskedLayer {
  static readonly className = 'TimeAbsolutePosition';
  private readonly maximumLength: number | undefined;

  constructor({ maximumLength, ...layerArgs }: TimeAbsolutePositionArgs = {}) {
    super(layerArgs);
    if (maximumLength !== undefined) assertCounts({ maximumLength }, this.name);
    this.maximumLength = maximumLength;
  }

  override call(inputs: Inputs, kwargs: Kwargs): tf.Tensor {
    return tf.tidy(() => {
      const { x, mask } = this.read(inputs, kwargs);
      const code = positionCode(x.shape, this.lengths(x, mask));
      return maskSteps(tf.add<tf.Tensor3D>(maskSteps(x, mask), code), mask);
    });
  }

  /** The length L of each row, `[batch, 1, 1]`, or of all rows, `[1, 1, 1]`. */
  private lengths(x: tf.Tensor3D, mask: tf.Tensor2D | null): tf.Tensor3D {
    if (this.maximumLength !== undefined || mask === null) {
      return tf.fill([1, 1, 1], this.maximumLength ?? Math.max(1, x.shape[1]));
    }
    return tf.reshape(tf.maximum(tf.cast(lengthsFromMask(mask), 'float32'), 1), [x.shape[0], 1, 1]);
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { maximumLength } = this;
    return { ...super.getConfig(), ...(maximumLength === undefined ? {} : { maximumLength }) };
  }
}
tf.serialization.registerClass(TimeAbsolutePosition);

/** The code of every step, `[1 or batch, time, channels]`; in the order of operations of the authors' code. */
function positionCode([, time, channels]: number[], lengths: tf.Tensor3D): tf.Tensor3D {
  const pairs = Math.ceil(channels / 2);
  const frequencies = Array.from({ length: pairs }, (_, i) =>
    Math.exp((-2 * i * Math.log(10_000)) / channels),
  );
  const positions = tf.reshape(tf.cast(tf.range(0, time, 1, 'int32'), 'float32'), [1, time, 1]);
  const angles = tf.mul<tf.Tensor3D>(
    tf.mul(positions, tf.tensor1d(frequencies)),
    tf.div(tf.scalar(channels), lengths),
  );
  const interleaved = tf.reshape<tf.Rank.R3>(tf.stack([tf.sin(angles), tf.cos(angles)], 3), [
    -1,
    time,
    2 * pairs,
  ]);
  return tf.slice(interleaved, [0, 0, 0], [-1, -1, channels]);
}

/**
 * Adds a code of each step's position: to channel 2i `sin(p · ω · channels / L)`, to channel 2i + 1 the cosine,
 * `ω = 10000^(-2i / channels)`. Positions p count from a recording's own start, and L is its own length (or
 * `maximumLength`), so that padding changes nothing. Of an odd number of channels the last has a sine.
 *
 * Input and output: `[batch, time, channels]`; padded steps of the output are 0.
 *
 * @throws UserError when the maximum length is no positive integer
 */
export function timeAbsolutePosition(args: TimeAbsolutePositionArgs = {}): TimeAbsolutePosition {
  return new TimeAbsolutePosition(args);
}
