// The bottleneck attention module (Park et al. 2018, arXiv:1807.06514): gates of channels and gates of steps side by
// side, their logits added.
import tf from '#tfjs';
import { z } from 'zod';
import {
  averageOverTime,
  conv1d,
  excite,
  maskSteps,
  scaleValues,
  type ConvolutionMasks,
} from '../../engine/kernels/index.js';
import { convolutionWindow } from '../convolutionLength.js';
import { channelsOf, type MaskedInput } from '../maskedLayer.js';
import { addNormalization, applyNormalization, type Normalization } from '../normalization.js';
import { AttentionLayer, built, type Attended, type AttentionLayerArgs } from './attentionLayer.js';
import type { GateRange } from './gates.js';
import {
  addBottleneck,
  bottleneckOptions,
  hiddenUnits,
  readBottleneck,
  type BottleneckWeights,
} from './bottleneck.js';

export const bamOptions = bottleneckOptions({
  kernelSize: z.int().min(1).default(3).describe('Steps that the dilated convolutions see.'),
  dilation: z.int().min(1).default(4).describe('Distance between those steps.'),
});

export interface Bam1dArgs extends AttentionLayerArgs {
  /** Reduction ratio r: both branches have `max(1, floor(channels / r))` channels inside. Default: 16. Not with `hidden`. */
  ratio?: number;
  /** Channels inside both branches, instead of a ratio. */
  hidden?: number;
  /** Steps that the dilated convolutions see. Default: 3. */
  kernelSize?: number;
  /** Distance between those steps. Default: 4. */
  dilation?: number;
}

const normalization = { momentum: 0.9, epsilon: 1e-5, activation: 'linear' } as const;

interface Convolution {
  readonly kernel: tf.LayerVariable;
  /** null before a normalisation, which would take it away again. */
  readonly bias: tf.LayerVariable | null;
  readonly dilation: number;
}

export class Bam1d extends AttentionLayer<typeof bamOptions> {
  static readonly className = 'Bam1d';
  private bottleneck: BottleneckWeights | undefined;
  private channelNorm: Normalization | undefined;
  private convolutions: Convolution[] = [];
  private temporalNorm: Normalization | undefined;

  constructor(args: Bam1dArgs = {}) {
    super(args, bamOptions);
  }

  /** Channels inside both branches for that many channels. */
  hiddenUnits(channels: number): number {
    return hiddenUnits(this.options, channels);
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = channelsOf(inputShape, this.name);
    const hidden = this.hiddenUnits(channels);
    this.bottleneck = addBottleneck(
      this.makeWeight,
      { inputs: channels, hidden, outputs: channels, bias: 'hidden' },
      { reduction: this.kernel('reduction'), expansion: this.kernel('expansion') },
    );
    this.channelNorm = addNormalization(this.makeWeight, channels, 'channel_norm_');
    const { kernelSize, dilation } = this.options;
    const shapes = [
      { shape: [1, channels, hidden], dilation: 1 },
      { shape: [kernelSize, hidden, hidden], dilation },
      { shape: [kernelSize, hidden, hidden], dilation },
      { shape: [1, hidden, 1], dilation: 1 },
    ];
    this.convolutions = shapes.map(({ shape, dilation }, i) => ({
      kernel: this.makeWeight(`temporal_kernel${i + 1}`, shape, this.kernel(`temporal${i + 1}`)),
      bias: i < 3 ? this.makeWeight(`temporal_bias${i + 1}`, [hidden], tf.initializers.zeros()) : null,
      dilation,
    }));
    this.temporalNorm = addNormalization(this.makeWeight, 1, 'temporal_norm_');
    super.build(inputShape);
  }

  protected override attend({ x, mask }: MaskedInput, training: boolean): Attended {
    const steps = maskSteps(x, mask);
    const logits = tf.add<tf.Tensor3D>(
      this.ofChannels(steps, mask, training),
      this.ofSteps(steps, mask, training),
    );
    const values = maskSteps(tf.add<tf.Tensor3D>(tf.sigmoid(logits), 1), mask);
    return { y: scaleValues(steps, values, mask), gates: () => ({ values: tf.clone(values) }) };
  }

  /** Logits of the channels, `[batch, 1, channels]`; rows without a valid step are not among the batch that normalises. */
  private ofChannels(x: tf.Tensor3D, mask: tf.Tensor2D | null, training: boolean): tf.Tensor3D {
    const logits = excite(averageOverTime(x, mask), readBottleneck(this.bottleneck));
    const rows = mask === null ? null : tf.any<tf.Tensor2D>(mask, 1, true);
    const norm = { ...normalization, training };
    return applyNormalization(built(this.channelNorm), tf.expandDims(logits, 1), rows, norm);
  }

  /** Logits of the steps, `[batch, time, 1]`. */
  private ofSteps(x: tf.Tensor3D, mask: tf.Tensor2D | null, training: boolean): tf.Tensor3D {
    const masks: ConvolutionMasks | null = mask === null ? null : { input: mask, output: mask };
    const logits = this.convolutions.reduce((values, { kernel, bias, dilation }) => {
      const read = kernel.read() as tf.Tensor3D;
      const geometry = { kernelSize: read.shape[0], padding: 'same', stride: 1, dilation } as const;
      const y = conv1d(values, read, { window: convolutionWindow(x.shape[1], geometry), masks });
      return bias === null ? y : tf.relu(maskSteps(tf.add<tf.Tensor3D>(y, bias.read()), mask));
    }, x);
    return applyNormalization(built(this.temporalNorm), logits, mask, { ...normalization, training });
  }

  override gateRange(): GateRange {
    return [1, 2];
  }

  multiplyAccumulates(inputShape: tf.Shape, time: number): number {
    const channels = channelsOf(inputShape, this.name);
    const hidden = this.hiddenUnits(channels);
    const aStep = channels * hidden + 2 * this.options.kernelSize * hidden * hidden + hidden + channels;
    return 2 * channels * hidden + aStep * time;
  }
}
tf.serialization.registerClass(Bam1d);

/**
 * Masked BAM: `y = x + x · sigmoid(Mc + Ms)`, `Mc = norm(relu(z·W₁ + b₁)·W₂)` of the average z of each channel,
 * `Ms = norm(conv₁(conv_d(conv_d(conv₁ x))))` with a ReLU after each convolution but the last.
 *
 * Input and output: `[batch, time, channels]`.
 */
export function bam1d(args: Bam1dArgs = {}): Bam1d {
  return new Bam1d(args);
}
