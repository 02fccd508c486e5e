// Dropout whose noise is a function of seed, update, row, step and channel, so that neither the padded length nor the
// moment matters, a recorded step draws anew, and a resumed run repeats an uninterrupted one. The stock layer draws its
// noise on the host, for the padded shape.
import tf from '#tfjs';
import { dropout, dropoutUnits, maskSteps, type DropoutUnit } from '../engine/kernels/index.js';
import { UserError } from '../shared/errors.js';
import { deriveSeed } from '../shared/random.js';
import {
  MaskedLayer,
  toList,
  weight,
  type Inputs,
  type Kwargs,
  type MaskedLayerArgs,
} from './maskedLayer.js';

export interface MaskedDropoutArgs extends MaskedLayerArgs {
  /** Share of the values that become 0 in training, from 0 to below 1. */
  rate: number;
  /** Decides the noise, together with the layer's name. Default: 0. */
  seed?: number;
  /** What is kept or dropped as one: each `value`, or all of a `recording` (stochastic depth). Default: `value`. */
  unit?: DropoutUnit;
}

export class MaskedDropout extends MaskedLayer {
  static readonly className = 'MaskedDropout';
  private readonly rate: number;
  private readonly seed: number;
  private readonly unit: DropoutUnit;
  /** Number of training calls so far: the counter of the noise. */
  private calls: tf.LayerVariable | undefined;

  constructor({ rate, seed = 0, unit = 'value', ...layerArgs }: MaskedDropoutArgs) {
    super(layerArgs);
    if (!(rate >= 0 && rate < 1)) {
      throw new UserError(`Layer "${this.name}": rate is ${rate}; expected 0 or more and below 1.`);
    }
    if (!dropoutUnits.includes(unit)) {
      throw new UserError(`Layer "${this.name}": unit is "${unit}"; expected ${dropoutUnits.join(' or ')}.`);
    }
    this.rate = rate;
    this.seed = seed;
    this.unit = unit;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    this.calls = this.addWeight('calls', [1], 'int32', tf.initializers.zeros(), undefined, false);
    super.build(inputShape);
  }

  override call(inputs: Inputs, kwargs: Kwargs): tf.Tensor {
    return tf.tidy(() => {
      const [x] = toList(inputs);
      const values = x.rank === 3 ? this.maskedValues(inputs, kwargs) : x;
      if (kwargs.training !== true || this.rate === 0) return tf.clone(values);
      const calls = weight(this.calls) as tf.Tensor1D;
      // Keys are int32.
      const purpose = tf.tensor1d([deriveSeed(this.seed, this.name, 'dropout') | 0], 'int32');
      const dropped = dropout(values, this.rate, tf.concat([purpose, calls]), this.unit);
      this.calls?.write(tf.add(calls, tf.scalar(1, 'int32')));
      return dropped;
    });
  }

  /** The input with padded steps of 0, which dropout leaves at 0. */
  private maskedValues(inputs: Inputs, kwargs: Kwargs): tf.Tensor3D {
    const { x, mask } = this.read(inputs, kwargs);
    return maskSteps(x, mask);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed, unit: this.unit };
  }
}
tf.serialization.registerClass(MaskedDropout);

/**
 * Dropout (Srivastava et al. 2014): in training each value becomes 0 with probability `rate`, else `x / (1 - rate)`. The
 * noise of a value depends on the seed, the layer's name, the number of training calls so far, which is a weight and is
 * saved, and on row, step and channel. With `unit: 'recording'` the values of a row become 0 together: on the branch of a
 * residual block it is stochastic depth (Huang et al. 2016, arXiv:1603.09382).
 *
 * Input and output: `[batch, time, channels]` or `[batch, channels]`.
 *
 * @throws UserError when the rate or the unit is none
 */
export function maskedDropout(args: MaskedDropoutArgs): MaskedDropout {
  return new MaskedDropout(args);
}
