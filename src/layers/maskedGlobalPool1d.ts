// Pooling over time: one vector a recording, from its valid steps.
import * as tf from '@tensorflow/tfjs';
import { averageOverTime, maxOverTime } from '../engine/kernels/index.js';
import { UserError } from '../shared/errors.js';
import { MaskedLayer, type Inputs, type Kwargs, type MaskedLayerArgs } from './maskedLayer.js';

/** How the valid steps of a channel become one number. */
export const pools = { average: averageOverTime, max: maxOverTime } as const;

export type Pool = keyof typeof pools;

export interface MaskedGlobalPool1dArgs extends MaskedLayerArgs {
  /** `average` or `max`. Default: `average`. */
  pool?: Pool;
}

export class MaskedGlobalPool1d extends MaskedLayer {
  static readonly className = 'MaskedGlobalPool1d';
  private readonly pool: Pool;

  constructor({ pool = 'average', ...layerArgs }: MaskedGlobalPool1dArgs = {}) {
    super(layerArgs);
    assertPool(pool, 'pool', this.name);
    this.pool = pool;
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, , channels] = inputShape as tf.Shape;
    return [batch, channels];
  }

  override call(inputs: Inputs, kwargs: Kwargs): tf.Tensor {
    return tf.tidy(() => {
      const { x, mask } = this.read(inputs, kwargs);
      return pools[this.pool](x, mask);
    });
  }

  /** The time axis is gone, and the mask with it. */
  protected override outputMask(): null {
    return null;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), pool: this.pool };
  }
}
tf.serialization.registerClass(MaskedGlobalPool1d);

/**
 * Average or maximum over the valid steps of each recording; 0 for a recording without any.
 *
 * Input: `[batch, time, channels]`. Output: `[batch, channels]`; the mask ends here.
 */
export function maskedGlobalPool1d(args: MaskedGlobalPool1dArgs = {}): MaskedGlobalPool1d {
  return new MaskedGlobalPool1d(args);
}

/** @throws UserError when there is no such pooling */
export function assertPool(value: string, option: string, layerName: string): asserts value is Pool {
  if (Object.hasOwn(pools, value)) return;
  throw new UserError(
    `Layer "${layerName}": ${option} is "${value}"; expected one of ${Object.keys(pools).join(', ')}.`,
  );
}
