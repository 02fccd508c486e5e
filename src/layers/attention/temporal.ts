// Attention over time alone: the spatial half of CBAM (Woo et al. 2018, arXiv:1807.06521) in one dimension.
import tf from '#tfjs';
import { z } from 'zod';
import { maskSteps, scaleValues } from '../../engine/kernels/index.js';
import { channelsOf, type MaskedInput } from '../maskedLayer.js';
import { AttentionLayer, built, type Attended, type AttentionLayerArgs } from './attentionLayer.js';
import type { GateRange } from './gates.js';
import {
  addTemporalGate,
  temporalGate,
  temporalGateOptions,
  type TemporalGateWeights,
} from './temporalGate.js';

export const temporalOptions = z.strictObject(temporalGateOptions);

export interface TemporalAttention1dArgs extends AttentionLayerArgs {
  /** Steps that the gate of a step sees. Default: 7. */
  kernelSize?: number;
  /** Whether batch norm follows the convolution (the published code), or a bias (the paper). Default: true. */
  normalize?: boolean;
}

export class TemporalAttention1d extends AttentionLayer<typeof temporalOptions> {
  static readonly className = 'TemporalAttention1d';
  private temporal: TemporalGateWeights | undefined;

  constructor(args: TemporalAttention1dArgs = {}) {
    super(args, temporalOptions);
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    this.temporal = addTemporalGate(this.makeWeight, this.options, this.kernel('temporal'));
    super.build(inputShape);
  }

  protected override attend({ x, mask }: MaskedInput, training: boolean): Attended {
    const steps = maskSteps(x, mask);
    const gate = temporalGate(built(this.temporal), steps, mask, training);
    return { y: scaleValues(steps, gate, mask), gates: () => ({ temporal: tf.squeeze(gate, [2]) }) };
  }

  override gateRange(): GateRange {
    return [0, 1];
  }

  multiplyAccumulates(inputShape: tf.Shape, time: number): number {
    return (2 * this.options.kernelSize + channelsOf(inputShape, this.name)) * time;
  }
}
tf.serialization.registerClass(TemporalAttention1d);

/**
 * Masked temporal attention: `y = x · sigmoid(conv([mean_c x, max_c x]))`, one gate a step for all channels.
 *
 * Input and output: `[batch, time, channels]`. Kernel: `[kernelSize, 2, 1]`.
 */
export function temporalAttention1d(args: TemporalAttention1dArgs = {}): TemporalAttention1d {
  return new TemporalAttention1d(args);
}
