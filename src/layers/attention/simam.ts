// SimAM (Yang et al. 2021, ICML, PMLR 139:11863): each value is scaled by how far it stands from the mean of its channel,
// without a parameter.
import tf from '#tfjs';
import { z } from 'zod';
import { averageOverTime, maskSteps, scaleValues, validSteps } from '../../engine/kernels/index.js';
import { channelsOf, type MaskedInput } from '../maskedLayer.js';
import { AttentionLayer, type Attended, type AttentionLayerArgs } from './attentionLayer.js';
import type { GateRange } from './gates.js';

export const simamOptions = z.strictObject({
  lambda: z.number().positive().default(1e-4).describe('Added to the variance.'),
});

export interface Simam1dArgs extends AttentionLayerArgs {
  /** Added to the variance. Default: 1e-4. */
  lambda?: number;
}

export class Simam1d extends AttentionLayer<typeof simamOptions> {
  static readonly className = 'Simam1d';

  constructor(args: Simam1dArgs = {}) {
    super(args, simamOptions);
  }

  protected override attend({ x, mask }: MaskedInput): Attended {
    const steps = maskSteps(x, mask);
    const mean = tf.expandDims<tf.Tensor3D>(averageOverTime(steps, mask), 1);
    const squares = maskSteps(tf.square(tf.sub(steps, mean)), mask);
    const others: tf.Tensor2D = tf.maximum(tf.sub(validSteps(x, mask), 1), 1);
    const variance = tf.div<tf.Tensor2D>(tf.sum(squares, 1), others);
    const scale = tf.mul(tf.add(variance, this.options.lambda), 4);
    const logits = tf.add<tf.Tensor3D>(tf.div(squares, tf.expandDims(scale, 1)), 0.5);
    const values = maskSteps(tf.sigmoid(logits), mask);
    return { y: scaleValues(steps, values, mask), gates: () => ({ values: tf.clone(values) }) };
  }

  /** The logits are at least 1/2. */
  override gateRange(): GateRange {
    return [1 / (1 + Math.exp(-0.5)), 1];
  }

  multiplyAccumulates(inputShape: tf.Shape, time: number): number {
    return 4 * channelsOf(inputShape, this.name) * time;
  }
}
tf.serialization.registerClass(Simam1d);

/**
 * Masked SimAM: `y = x · sigmoid((x - μ)² / (4·(σ² + λ)) + 1/2)`, μ the mean of a channel over the n valid steps and
 * `σ² = Σ (x - μ)² / (n - 1)` (of one step: 0).
 *
 * Input and output: `[batch, time, channels]`. No parameters.
 */
export function simam1d(args: Simam1dArgs = {}): Simam1d {
  return new Simam1d(args);
}
