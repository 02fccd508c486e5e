// masq layers: the layers that masq adds to tfjs, and the attention that a config can name.
import { z } from 'zod';
import { attentions, placementOption } from '../models/index.js';
import { UserError } from '../shared/errors.js';
import { didYouMean } from '../shared/nearest.js';
import { optionHead, optionRows } from './catalog.js';
import type { CatalogArguments, CommandContext } from './context.js';
import { formatTable } from './output.js';

/** Layers for one's own models, by the name that masq/layers exports. */
const layers: readonly (readonly [name: string, description: string])[] = [
  ['sequenceMask', 'starts the mask: [values, lengths] → values, padded steps 0'],
  ['maskedConv1d', 'convolution over time: same, causal, valid; strides, dilation, groups, weight norm'],
  ['maskedChannelwiseConv1d', 'convolution of each channel alone, with filters that all channels share'],
  ['handCraftedFilters1d', 'fixed filters that answer to rising and falling values and to peaks'],
  ['maskedBatchNorm', 'batch normalisation whose statistics see valid steps only, with ReLU if wanted'],
  ['maskedLayerNorm', 'layer normalisation of each step over its own channels'],
  ['maskedLayerScale', 'a learned factor for each channel, small at first'],
  ['maskedActivation', 'ReLU, ELU, GELU, swish or hard-swish after a layer that cannot apply it itself'],
  ['maskedAdd', 'sum of branches that share a mask, with ReLU if wanted'],
  ['maskedConcatenate', 'channels of branches that share a mask, one after another'],
  ['maskedMergeSteps', 'neighbouring steps side by side, as channels of one'],
  ['maskedMaxPool1d', 'maximum over windows of valid steps: same, causal, valid; strides'],
  ['maskedGlobalPool1d', 'one number a channel from its valid steps: average, maximum, deviation, …'],
  ['maskedLstm', 'long short-term memory over valid steps: the last state, or all of them'],
  ['maskedResample1d', 'valid steps stretched to a fixed number by linear interpolation'],
  ['maskedDropout', 'dropout whose noise depends on seed, update, row, step and channel alone'],
  ['squeezeExcite1d', 'attention squeeze-excite'],
  ['eca1d', 'attention eca'],
  ['cbam1d', 'attention cbam'],
  ['bam1d', 'attention bam'],
  ['temporalAttention1d', 'attention temporal'],
  ['gatherExcite1d', 'attention gather-excite'],
  ['globalContext1d', 'attention global-context'],
  ['localGate1d', 'attention local-gate'],
  ['simam1d', 'attention simam'],
  ['parameterMatchedGate1d', 'attention parameter-matched'],
  [
    'maskedSelfAttention',
    'self-attention of several heads over valid steps, with relative positions if wanted',
  ],
  ['timeAbsolutePosition', 'adds a code of the position, fitted to the length of the recording'],
];

/** Every attention has it, where a model has the place. */
const placementRow = optionRows(z.object({ placement: placementOption }))[0];

export function run({ name }: CatalogArguments, context: CommandContext): Promise<void> {
  context.out(name === undefined ? listLayers() : describeAttention(name));
  return Promise.resolve();
}

function listLayers(): string {
  const rows = Object.entries(attentions).map(([name, { description, cost }]) => [
    name,
    `${description} Cost: ${cost}.`,
  ]);
  return [
    'Attention (model.attention in a config):',
    formatTable([['none', 'No attention.'], ...rows]),
    'Layers for your own tfjs models (import from masq/layers):',
    formatTable(layers),
    'masq layers NAME shows the options of an attention; docs/layers.md describes the layers.',
  ].join('\n\n');
}

function describeAttention(name: string): string {
  const known = Object.keys(attentions);
  const layer = layers.find(([exported]) => exported === name);
  if (layer !== undefined) {
    return `${formatTable([[`${layer[0]}: ${layer[1]}.`]])}\nIts arguments are described in docs/layers.md.`;
  }
  if (!known.includes(name)) {
    const names = [...known, ...layers.map(([exported]) => exported)];
    throw new UserError(`There is no layer "${name}".${didYouMean(name, names)} Known: ${names.join(', ')}.`);
  }
  const { description, source, cost, options } = attentions[name];
  return [
    formatTable([[`${name}: ${description}`], [`Source: ${source}`], [`Cost: ${cost}`]]),
    formatTable([...optionRows(options), placementRow], { head: optionHead }),
  ].join('\n\n');
}
