// Long short-term memory that never reads padding: its state is that of each recording's own last step.
import tf from '#tfjs';
import { lastOverTime, lstm } from '../engine/kernels/index.js';
import { deriveSeed } from '../shared/random.js';
import { assertCounts } from './convolutionLength.js';
import {
  channelsOf,
  MaskedLayer,
  weight,
  type Inputs,
  type Kwargs,
  type MaskedLayerArgs,
} from './maskedLayer.js';
import { orthogonalRows } from './orthogonal.js';

export interface MaskedLstmArgs extends MaskedLayerArgs {
  /** Width of the state. */
  units: number;
  /** Whether the states of all steps come out, instead of that of the last valid one. Default: false. */
  returnSequences?: boolean;
  /** Makes the initial weights the same each time, together with the layer's name. Default: none. */
  seed?: number;
}

export class MaskedLstm extends MaskedLayer {
  static readonly className = 'MaskedLstm';
  readonly units: number;
  private readonly returnSequences: boolean;
  private readonly seed: number | undefined;
  private kernel: tf.LayerVariable | undefined;
  private recurrentKernel: tf.LayerVariable | undefined;
  private bias: tf.LayerVariable | undefined;

  constructor({ units, returnSequences = false, seed, ...layerArgs }: MaskedLstmArgs) {
    super(layerArgs);
    assertCounts({ units }, this.name);
    this.units = units;
    this.returnSequences = returnSequences;
    this.seed = seed;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = channelsOf(inputShape, this.name);
    const { units } = this;
    const uniform = tf.initializers.glorotUniform({ seed: this.seedOf('kernel') });
    const zeros = tf.initializers.zeros();
    this.kernel = this.addWeight('kernel', [channels, 4 * units], 'float32', uniform);
    this.recurrentKernel = this.addWeight('recurrent_kernel', [units, 4 * units], 'float32', zeros);
    this.bias = this.addWeight('bias', [4 * units], 'float32', zeros);
    tf.tidy(() => {
      this.recurrentKernel?.write(orthogonalRows(units, 4 * units, this.seedOf('recurrent_kernel')));
      // At first hardly anything is forgotten (Jozefowicz, Zaremba and Sutskever 2015).
      this.bias?.write(tf.concat([tf.zeros([units]), tf.ones([units]), tf.zeros([2 * units])]));
    });
    super.build(inputShape);
  }

  private seedOf(role: string): number | undefined {
    return this.seed === undefined ? undefined : deriveSeed(this.seed, this.name, role);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, time] = inputShape as tf.Shape;
    return this.returnSequences ? [batch, time, this.units] : [batch, this.units];
  }

  override call(inputs: Inputs, kwargs: Kwargs): tf.Tensor {
    return tf.tidy(() => {
      const { x, mask } = this.read(inputs, kwargs);
      const states = lstm(x, mask, {
        kernel: weight(this.kernel) as tf.Tensor2D,
        recurrentKernel: weight(this.recurrentKernel) as tf.Tensor2D,
        bias: weight(this.bias) as tf.Tensor1D,
      });
      return this.returnSequences ? states : lastOverTime(states, mask);
    });
  }

  /** The time axis is gone, and the mask with it, unless all states come out. */
  protected override outputMask(mask: tf.Tensor2D): tf.Tensor2D | null {
    return this.returnSequences ? mask : null;
  }

  /** Multiply-accumulates for one recording of `time` steps: the products with the weights, and those of the gates. */
  multiplyAccumulates(inputShape: tf.Shape, time: number): number {
    const channels = channelsOf(inputShape, this.name);
    return (4 * (channels + this.units) + 3) * this.units * time;
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { units, returnSequences, seed } = this;
    return { ...super.getConfig(), units, returnSequences, ...(seed === undefined ? {} : { seed }) };
  }
}
tf.serialization.registerClass(MaskedLstm);

/**
 * Long short-term memory (Hochreiter and Schmidhuber 1997) over valid steps:
 * `(i, f, g, o) = (σ, σ, tanh, σ)(x[t]·W + h[t-1]·U + b)`, `c[t] = f · c[t-1] + i · g`, `h[t] = o · tanh(c[t])`, from 0.
 * Weights as in Keras, so that they can be copied from there: W `[channels, 4 · units]`, U `[units, 4 · units]` and b
 * `[4 · units]`, gates in the order i, f, g, o. As there, W begins Glorot uniform, U orthogonal, and b as 1 for f, else 0.
 *
 * Input: `[batch, time, channels]`. Output: h of the last valid step, `[batch, units]`, 0 for a recording without one, and
 * the mask ends here; or with `returnSequences` h of every step, `[batch, time, units]`, 0 at padded ones.
 *
 * @throws UserError when `units` is no positive integer
 */
export function maskedLstm(args: MaskedLstmArgs): MaskedLstm {
  return new MaskedLstm(args);
}
