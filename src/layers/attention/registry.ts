// Attention by name: what a config can say, with options, defaults, cost and source, and how each is built. Users add
// their own.
import type tf from '#tfjs';
import type { z } from 'zod';
import { checkOptions } from '../../shared/checkValue.js';
import { UserError } from '../../shared/errors.js';
import { bam1d, bamOptions } from './bam.js';
import { hiddenUnits, type BottleneckWidth } from './bottleneck.js';
import { cbam1d, cbamOptions } from './cbam.js';
import { eca1d, ecaOptions } from './eca.js';
import { gatherExcite1d, gatherExciteOptions } from './gatherExcite.js';
import { globalContext1d, globalContextOptions } from './globalContext.js';
import { localGate1d, localGateOptions } from './localGate.js';
import { parameterMatchedGate1d, parameterMatchedOptions } from './parameterMatched.js';
import { simam1d, simamOptions } from './simam.js';
import { squeezeExcite1d, squeezeExciteOptions } from './squeezeExcite.js';
import { temporalAttention1d, temporalOptions } from './temporal.js';

/** Where an attention layer stands. */
export interface AttentionContext {
  /** The layer's name in its model. */
  readonly name: string;
  /** Decides the initial weights. */
  readonly seed: number;
  /**
   * The channels that the ratio of a bottleneck divides, where these are not the layer's own: in EfficientNet those that
   * come into the block. Default: the layer's own.
   */
  readonly ratioOf?: number;
}

/** An attention that a config can name: a layer whose output has the shape of its input. */
export interface Attention {
  readonly description: string;
  /** The paper. */
  readonly source: string;
  /** Operations and parameters for C channels, L steps and the width H of a bottleneck. */
  readonly cost: string;
  readonly options: z.ZodObject;
  /** @throws UserError when the options do not fit */
  build(options: unknown, context: AttentionContext): tf.layers.Layer;
}

/** What {@link registerAttention} takes. */
export interface AttentionDefinition<Options extends z.ZodObject> {
  /** The options with their types and defaults, a strict object: `z.strictObject({ … })`. */
  readonly options: Options;
  /** A layer `[batch, time, channels]` → `[batch, time, channels]` that keeps the mask. */
  build(options: z.output<Options>, context: AttentionContext): tf.layers.Layer;
  readonly description?: string;
  readonly source?: string;
  readonly cost?: string;
}

/** Every attention by name. `none` is no entry: it is the absence of one. */
export const attentions: Record<string, Attention> = {};

/**
 * Adds an attention that configs and models can then name, or replaces one of one's own.
 *
 * @throws UserError when the name is one of masq's, or is no lower-case word with hyphens
 */
export function registerAttention<Options extends z.ZodObject>(
  name: string,
  definition: AttentionDefinition<Options>,
): void {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new UserError(`An attention's name is lower-case words joined by hyphens, found "${name}".`);
  }
  if (name === 'none' || builtIn.has(name)) {
    throw new UserError(`The attention "${name}" is masq's own; choose another name.`);
  }
  add(name, definition);
}

function add<Options extends z.ZodObject>(name: string, definition: AttentionDefinition<Options>): void {
  const { options, description = '', source = '', cost = '' } = definition;
  attentions[name] = {
    ...{ description, source, cost, options },
    build: (given, context) => definition.build(checkOptions(options, given, `Attention "${name}"`), context),
  };
}

const named = ({ name, seed }: AttentionContext) => ({ name, seed });

/** The options of a bottleneck, its ratio turned into hidden units where it divides other channels than the layer's. */
function sized<Options extends BottleneckWidth>(
  { ratio, ...options }: Options,
  { ratioOf }: AttentionContext,
) {
  if (ratio === undefined) return options;
  return { ...options, ...(ratioOf === undefined ? { ratio } : { hidden: hiddenUnits({ ratio }, ratioOf) }) };
}

add('squeeze-excite', {
  description: 'Scales each channel by a gate computed from all channels, squeezed over the valid steps.',
  source: 'Hu, Shen, Sun 2018, arXiv:1709.01507',
  cost: '2·C·L + 4·C·H operations, 2·C·H parameters; H = max(1, floor(C / ratio)). The bottleneck is at least half where C ≥ L·ratio / 2',
  options: squeezeExciteOptions,
  build: (options, context) => squeezeExcite1d({ ...sized(options, context), ...named(context) }),
});
add('eca', {
  description: 'Scales each channel by a gate computed from the averages of its neighbours, k channels wide.',
  source: 'Wang et al. 2020, arXiv:1910.03151',
  cost: '2·C·L + 2·C·k operations, k parameters; k = ⌊(log2(C) + 1) / 2⌋, made odd',
  options: ecaOptions,
  build: (options, context) => eca1d({ ...options, ...named(context) }),
});
add('cbam', {
  description:
    'Scales channels by a gate from their average and maximum, then steps by a gate from the result.',
  source: 'Woo et al. 2018, arXiv:1807.06521',
  cost: '(6·C + 4·k)·L + 8·C·H operations, 2·C·H + C + H + 2·k parameters and those of the norm',
  options: cbamOptions,
  build: (options, context) => cbam1d({ ...sized(options, context), ...named(context) }),
});
add('bam', {
  description: 'Scales each value by 1 to 2, from logits of its channel and of its step side by side.',
  source: 'Park et al. 2018, arXiv:1807.06514',
  cost: '(2·C·H + 12·H² + 2·H + 3·C)·L + 4·C·H operations, 3·C·H + 6·H² + H parameters and biases',
  options: bamOptions,
  build: (options, context) => bam1d({ ...sized(options, context), ...named(context) }),
});
add('temporal', {
  description: 'Scales each step by a gate from the mean and maximum over its channels and its neighbours.',
  source: "CBAM's spatial attention over time, Woo et al. 2018, arXiv:1807.06521",
  cost: '(3·C + 4·k)·L operations, 2·k parameters and those of the norm',
  options: temporalOptions,
  build: (options, context) => temporalAttention1d({ ...options, ...named(context) }),
});
add('gather-excite', {
  description:
    'Scales each value by a gate gathered from its neighbourhood in its channel, or from all of it.',
  source: 'Hu et al. 2018, arXiv:1810.12348',
  cost: '2·C·L operations and those of the bottleneck; no parameters by default',
  options: gatherExciteOptions,
  build: (options, context) => gatherExcite1d({ ...sized(options, context), ...named(context) }),
});
add('global-context', {
  description:
    'Adds to every step what a bottleneck makes of an average by learned weights, or scales by it.',
  source: 'Cao et al. 2019, arXiv:1904.11492',
  cost: '5·C·L + 4·C·H operations, 2·C·H + 2·C + 3·H parameters',
  options: globalContextOptions,
  build: (options, context) => globalContext1d({ ...sized(options, context), ...named(context) }),
});
add('local-gate', {
  description:
    'Scales each value by a gate from its own step alone: a 1×1 convolution. A contrast to global gates.',
  source: 'Hu, Shen, Sun 2018, arXiv:1709.01507 ("NoSqueeze")',
  cost: '(2·C² + C)·L operations, C² parameters; with a ratio (4·C·H + C)·L and 2·C·H',
  options: localGateOptions,
  build: (options, context) => localGate1d({ ...sized(options, context), ...named(context) }),
});
add('simam', {
  description: 'Scales each value by how far it stands from the mean of its channel. No parameters.',
  source: 'Yang et al. 2021, ICML, PMLR 139:11863',
  cost: 'about 8·C·L operations, no parameters',
  options: simamOptions,
  build: (options, context) => simam1d({ ...options, ...named(context) }),
});
add('parameter-matched', {
  description:
    'The bottleneck of squeeze-excite fed a learned constant: gates that do not depend on the recording.',
  source: 'a control for studies of squeeze and excitation',
  cost: 'C·L + 4·C·H operations, 2·C·H + C parameters',
  options: parameterMatchedOptions,
  build: (options, context) => parameterMatchedGate1d({ ...sized(options, context), ...named(context) }),
});

const builtIn: ReadonlySet<string> = new Set(Object.keys(attentions));
