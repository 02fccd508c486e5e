// masq models: the networks that a config can name, or one of them with its options, layers and cost.
import { useJavaScript } from '../engine/index.js';
import { buildModel, modelCost, models } from '../models/index.js';
import { UserError } from '../shared/errors.js';
import { didYouMean } from '../shared/nearest.js';
import { optionHead, optionRows } from './catalog.js';
import type { CatalogArguments, CommandContext } from './context.js';
import { formatTable } from './output.js';

/** The recordings for which costs are shown. */
const example = { channels: 1, classes: 2, time: 100 };

export async function run({ name }: CatalogArguments, context: CommandContext): Promise<void> {
  await useJavaScript();
  context.out(name === undefined ? listModels() : describeModel(name));
}

function listModels(): string {
  const rows = Object.entries(models).map(([name, { description, source }]) => {
    const cost = modelCost(buildModel({ name }, { ...example, seed: 0 }), example.time);
    return [
      name,
      cost.parameters.toLocaleString('en'),
      cost.macs.toLocaleString('en'),
      `${description} ${source}`,
    ];
  });
  const head = ['model', 'parameters', 'macs', ''];
  return `${formatTable(rows, { head, right: [1, 2] })}\n${exampleNote}\nmasq models NAME shows options and layers.`;
}

function describeModel(name: string): string {
  if (!(name in models)) {
    const known = Object.keys(models);
    throw new UserError(`There is no model "${name}".${didYouMean(name, known)} Known: ${known.join(', ')}.`);
  }
  const { description, source, options, attention, placements } = models[name];
  const cost = modelCost(buildModel({ name }, { ...example, seed: 0 }), example.time);
  const layers = cost.layers.map((layer) => [
    layer.name,
    layer.kind,
    layer.outputShape.join(' × '),
    layer.parameters.toLocaleString('en'),
    layer.macs.toLocaleString('en'),
  ]);
  const { name: preset, ...settings } = typeof attention === 'string' ? { name: attention } : attention;
  const published = Object.entries(settings).map(([key, value]) => `${key}: ${String(value)}`);
  const meaning = [
    'none, or an attention (masq layers)',
    `placement: ${placements.join(', ')}`,
    ...(published.length > 0 ? [`by default with ${published.join(', ')}`] : []),
  ];
  const attentionRow = ['attention', JSON.stringify(preset), meaning.join('; ')];
  return [
    formatTable([[`${name}: ${description} ${source}`]]),
    formatTable([...optionRows(options), ...(placements.length > 0 ? [attentionRow] : [])], {
      head: optionHead,
    }),
    formatTable(layers, { head: ['layer', 'kind', 'output', 'parameters', 'macs'], right: [3, 4] }),
    `${cost.parameters.toLocaleString('en')} parameters, ${cost.macs.toLocaleString('en')} multiply-accumulates.`,
    exampleNote,
  ].join('\n\n');
}

const exampleNote =
  `For recordings of ${example.time} steps, ${example.channels} channel and ${example.classes} classes; ` +
  'parameters are the trainable ones.';
