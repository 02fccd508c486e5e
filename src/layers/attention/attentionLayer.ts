// What every attention layer shares: checked options, weights by role, and gates that can be read while a model runs.
import tf from '#tfjs';
import { z } from 'zod';
import { gateRanges } from '../../engine/kernels/index.js';
import { checkOptions } from '../../shared/checkValue.js';
import { deriveSeed } from '../../shared/random.js';
import {
  initializerNames,
  seededInitializer,
  toInitializer,
  type Initializer,
  type InitializerName,
} from '../initializers.js';
import {
  isLayerArgument,
  MaskedLayer,
  type Inputs,
  type Kwargs,
  type MaskedInput,
  type MaskedLayerArgs,
} from '../maskedLayer.js';
import type { AddWeight } from '../normalization.js';
import { reportGates, type GateRange, type Gates } from './gates.js';

/** Arguments that every attention layer takes, besides those of its own. */
export interface AttentionLayerArgs extends MaskedLayerArgs {
  /** How matrices and kernels begin. Default: `glorotUniform`. */
  kernelInitializer?: InitializerName;
  /** Makes the initial weights the same each time, together with the layer's name. Default: none. */
  seed?: number;
}

/** What a layer makes of its input. */
export interface Attended {
  /** `[batch, time, channels]`, 0 at padded steps. */
  readonly y: tf.Tensor3D;
  /** The gates by which `y` came from `x`; called only when somebody reads them. */
  readonly gates: () => Gates;
}

const commonOptions = z.object({
  kernelInitializer: z.enum(initializerNames).optional(),
  seed: z.int().optional(),
});

export abstract class AttentionLayer<Schema extends z.ZodObject> extends MaskedLayer {
  /** The layer's own options, with defaults filled in. */
  protected readonly options: z.output<Schema>;
  private readonly kernelInitializer: InitializerName;
  private readonly seed: number | undefined;

  /** @throws UserError for an option that does not exist or whose value does not fit */
  protected constructor(args: AttentionLayerArgs, schema: Schema) {
    const { kernelInitializer, seed, ...rest } = args;
    const given = Object.entries(rest);
    super(Object.fromEntries(given.filter(([key]) => isLayerArgument(key))));
    const what = `Layer "${this.name}"`;
    this.options = checkOptions(
      schema,
      Object.fromEntries(given.filter(([key]) => !isLayerArgument(key))),
      what,
    );
    checkOptions(commonOptions, { kernelInitializer, seed }, what);
    this.kernelInitializer = kernelInitializer ?? 'glorotUniform';
    this.seed = seed;
  }

  override call(inputs: Inputs, kwargs: Kwargs): tf.Tensor {
    return tf.tidy(() => {
      const input = this.read(inputs, kwargs);
      const { y, gates } = this.attend(input, kwargs.training === true);
      reportGates(this.name, gates, input.mask);
      return y;
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { kernelInitializer, seed } = this;
    const own = this.options as tf.serialization.ConfigDict;
    return { ...super.getConfig(), ...own, kernelInitializer, ...(seed === undefined ? {} : { seed }) };
  }

  /**
   * What a gate that this layer reports can be: `channel` and `values` as the option `gate` has it, where there is one; others are
   * open. Null for what is no gate but weights that sum to 1 over the steps.
   */
  gateRange(gate: string): GateRange | null {
    const isChosen = gate === 'channel' || gate === 'values';
    const chosen = Object.entries(gateRanges).find(([name]) => isChosen && name === this.options.gate);
    return chosen?.[1] ?? [null, null];
  }

  /** The output and the gates that made it. */
  protected abstract attend(input: MaskedInput, training: boolean): Attended;

  /** Makes a weight of this layer, for helpers that make several. */
  protected readonly makeWeight: AddWeight = (name, shape, initializer, trainable = true) =>
    this.addWeight(name, shape, 'float32', initializer, undefined, trainable);

  /** The initialiser of one matrix or kernel, each with numbers of its own. */
  protected kernel(role: string): Initializer {
    if (this.seed === undefined) return toInitializer(this.kernelInitializer);
    return seededInitializer(this.kernelInitializer, deriveSeed(this.seed, this.name, role));
  }
}

/**
 * What a gate can be that {@link readGates} has read of a model: see {@link AttentionLayer.gateRange}. Open for layers that are no
 * {@link AttentionLayer}.
 *
 * @param layerName as `readGates` names it, `name#2` for a second application
 */
export function gateRange(model: tf.LayersModel, layerName: string, gate: string): GateRange | null {
  const layer = model.layers.find(({ name }) => name === layerName.replace(/#\d+$/, ''));
  return layer instanceof AttentionLayer ? layer.gateRange(gate) : [null, null];
}

/** Weights that `build` has made. */
export function built<Weights>(weights: Weights | undefined): Weights {
  if (weights === undefined) throw new Error('The layer is used before it is built.');
  return weights;
}
