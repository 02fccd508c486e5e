// Recordings of any length stretched to one length, for layers that want a fixed number of inputs.
import tf from '#tfjs';
import { resampleSteps } from '../engine/kernels/index.js';
import { assertCounts } from './convolutionLength.js';
import { channelsOf, MaskedLayer, type Inputs, type Kwargs, type MaskedLayerArgs } from './maskedLayer.js';

export interface MaskedResample1dArgs extends MaskedLayerArgs {
  /** Steps that every recording comes out with. */
  steps: number;
}

export class MaskedResample1d extends MaskedLayer {
  static readonly className = 'MaskedResample1d';
  private readonly steps: number;

  constructor({ steps, ...layerArgs }: MaskedResample1dArgs) {
    super(layerArgs);
    assertCounts({ steps }, this.name);
    this.steps = steps;
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, , channels] = inputShape as tf.Shape;
    return [batch, this.steps, channels];
  }

  override call(inputs: Inputs, kwargs: Kwargs): tf.Tensor {
    return tf.tidy(() => {
      const { x, mask } = this.read(inputs, kwargs);
      return resampleSteps(x, mask, this.steps);
    });
  }

  /** Multiply-accumulates for one recording, of whatever length: each step lies between two others. */
  multiplyAccumulates(inputShape: tf.Shape): number {
    return 2 * this.steps * channelsOf(inputShape, this.name);
  }

  override get endsMask(): boolean {
    return true;
  }

  protected override outputMask(): null {
    return null;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), steps: this.steps };
  }
}
tf.serialization.registerClass(MaskedResample1d);

/**
 * The valid steps of each recording, stretched or shrunk to `steps` steps by linear interpolation: output s stands at the
 * position `s · (n - 1) / (steps - 1)` between the n valid steps, one output alone at the first. A recording of `steps`
 * steps comes out as it is, one of one step repeated, one of none as 0.
 *
 * Input: `[batch, time, channels]`. Output: `[batch, steps, channels]`; every step of it is valid, and the mask ends here.
 *
 * @throws UserError when `steps` is no positive integer
 */
export function maskedResample1d(args: MaskedResample1dArgs): MaskedResample1d {
  return new MaskedResample1d(args);
}
