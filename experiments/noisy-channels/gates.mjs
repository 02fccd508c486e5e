// What attention at the input did to noisy channels: the gates of finished trials, and what the first convolution lets through,
// against 1 / (1 + γσ²).
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { loadEngine } from '../../dist/engine/index.js';
import { readCheckpoint } from '../../dist/train/index.js';
import { shifts, variancesOf } from './design.mjs';
import { byVariance, fitOverSeeds, meanOver } from './fit.mjs';

const draws = 2000;
/** Of masq's batch norm. */
const epsilon = 1e-3;

/**
 * Fits of gate and gain for each method of a study, from the seeds that are finished in all data sets.
 *
 * The gate of a channel is its mean over the classes of the test data, each the mean of its recordings. The gain is what the first
 * convolution makes of the channel: the norm of its weights, divided by what their batch norm divides by, times the gate where
 * there is one. Without attention it is all that can shrink a channel.
 *
 * @param study folder of the study
 */
export async function analyzeGates(study) {
  await loadEngine({ threads: 1 });
  const trials = await readTrials(join(study, 'trials'));
  const methods = [...new Set(trials.map(({ method }) => method))].sort();
  const uniform = uniforms(1);
  const fits = methods.flatMap((method) => {
    const seeds = completeSeeds(trials.filter((trial) => trial.method === method));
    if (seeds.length === 0) return [];
    return ['gate', 'gain'].flatMap((quantity) => {
      const bySeed = seeds.map((runs) => observationsOf(runs, quantity));
      if (bySeed.flat().some(({ value }) => value === null)) return [];
      const fit = fitOverSeeds(bySeed, draws, uniform);
      return [{ method, quantity, seeds: seeds.length, ...fit, byVariance: byVariance(meanOver(bySeed)) }];
    });
  });
  if (fits.length > 0)
    writeFileSync(join(study, 'shrinkage.json'), `${JSON.stringify({ draws, fits }, null, 2)}\n`);
  return fits;
}

/** The fits as a table. */
export function formatFits(fits) {
  const variances = fits[0]?.byVariance.map(({ variance }) => variance) ?? [];
  const header = [
    'method',
    'of',
    'seeds',
    'γ',
    '95 %',
    'explained',
    'by any curve',
    ...variances.map((v) => `σ²=${v}`),
  ];
  const rows = fits.map(({ method, quantity, seeds, gamma, interval, byVariance, ...fit }) => [
    method,
    quantity,
    String(seeds),
    gamma.toFixed(3),
    interval?.map((end) => end.toFixed(3)).join(' to ') ?? '',
    fit.explained.toFixed(3),
    fit.explainedByAnyCurve.toFixed(3),
    ...byVariance.map(({ share }) => share.toFixed(3)),
  ]);
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column].length)));
  return [header, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    ) // prettier-ignore
    .join('\n');
}

async function readTrials(folder) {
  const trials = [];
  const directories = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  for (const cell of directories.filter((entry) => entry.isDirectory())) {
    for (const seed of readdirSync(join(folder, cell.name), { withFileTypes: true })) {
      const run = join(folder, cell.name, seed.name);
      if (existsSync(join(run, 'result.json')))
        trials.push({ seed: Number(seed.name), ...(await readTrial(run)) });
    }
  }
  return trials;
}

async function readTrial(run) {
  const { data, model } = parse(readFileSync(join(run, 'config.yaml'), 'utf8'));
  const shift = Number(/shift(\d+)_TRAIN/.exec([data.train].flat()[0])?.[1]);
  const { attention } = model;
  const method = attention === 'none' ? 'none' : [attention.name, attention.squeeze].filter(Boolean).join(' '); // prettier-ignore
  const gates = attention === 'none' ? null : inputGates(run);
  const norms = await foldedNorms(run);
  const gain = norms.map((norm, channel) => norm * (gates?.[channel] ?? 1));
  return { shift, method, gate: gates, gain };
}

/** The gate of each input channel, the mean over the classes. */
function inputGates(run) {
  const { gates } = JSON.parse(readFileSync(join(run, 'gates.json'), 'utf8'));
  const { profile } = gates['block1_attention/channel'];
  return profile[0].map((_, channel) => profile.reduce((sum, row) => sum + row[channel], 0) / profile.length);
}

/** The norm of the first convolution's weights of each input channel, with its batch norm folded in. */
async function foldedNorms(run) {
  const { model } = await readCheckpoint(join(run, 'checkpoints'), 'best');
  const [kernel] = model.getLayer('block1_conv').getWeights();
  const [gammas, , , variances] = model.getLayer('block1_conv_norm').getWeights();
  const [gamma, variance] = [gammas.dataSync(), variances.dataSync()];
  const [steps, channels, filters] = kernel.shape;
  const values = kernel.dataSync();
  const squares = new Array(channels).fill(0);
  for (let i = 0; i < steps * channels * filters; i++) {
    const filter = i % filters;
    const channel = Math.floor(i / filters) % channels;
    squares[channel] += (values[i] * gamma[filter]) ** 2 / (variance[filter] + epsilon);
  }
  model.dispose();
  return squares.map(Math.sqrt);
}

/** The runs of each seed that has one for every data set, in the order of the data sets. */
function completeSeeds(trials) {
  const seeds = [...new Set(trials.map(({ seed }) => seed))].sort((a, b) => a - b);
  return seeds
    .map((seed) =>
      shifts.map((shift) => trials.find((trial) => trial.seed === seed && trial.shift === shift)),
    )
    .filter((runs) => runs.every((run) => run !== undefined));
}

function observationsOf(runs, quantity) {
  return runs.flatMap((run) =>
    variancesOf(run.shift).map((variance, channel) => ({
      channel,
      variance,
      value: run[quantity]?.[channel] ?? null,
    })),
  );
}

function uniforms(seed) {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}
