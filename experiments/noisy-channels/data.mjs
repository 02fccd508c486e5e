// Makes the data sets of the study: JapaneseVowels, each channel standardised over the steps of the training recordings, with
// normal noise of known variance added to half of the channels. The same files each time.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import {
  allValues,
  count,
  fitNormalization,
  loadRecordings,
  memoryValues,
  normalize,
} from '../../dist/data/index.js';
import { writeFileAtomic } from '../../dist/shared/node/files.js';
import { deriveSeed } from '../../dist/shared/random.js';
import { folder, levels, nameOf, shifts, variancesOf } from './design.mjs';

/** Writes `<folder>/<name>/<name>_TRAIN.ts` and `_TEST.ts` for every data set. */
export async function makeData() {
  const source = 'data/JapaneseVowels/JapaneseVowels';
  const train = await loadRecordings(`${source}_TRAIN.ts`);
  const test = await loadRecordings(`${source}_TEST.ts`);
  if (train.channels !== levels.length)
    throw new Error(`${source} has ${train.channels} channels, not ${levels.length}`);
  const all = Array.from({ length: count(train) }, (_, i) => i);
  const standardization = fitNormalization(train, all, 'channel');
  const sets = { TRAIN: normalize(train, standardization), TEST: normalize(test, standardization) };
  for (const shift of shifts) {
    const name = nameOf(shift);
    const path = join(folder, name);
    for (const [part, recordings] of Object.entries(sets)) {
      const noisy = addNoise(recordings, variancesOf(shift), deriveSeed(1, 'noise', shift, part));
      const text = formatTs(name, noisy);
      const file = join(path, `${name}_${part}.ts`);
      // Trials may be reading it.
      if (!existsSync(file) || readFileSync(file, 'utf8') !== text) await writeFileAtomic(file, text);
    }
  }
}

/** Recordings with independent normal noise of these variances in their channels. */
export function addNoise(recordings, variances, seed) {
  const draw = normals(seed);
  const deviations = variances.map(Math.sqrt);
  const values = allValues(recordings).map((value, i) => {
    const deviation = deviations[i % recordings.channels];
    return deviation === 0 ? value : value + deviation * draw();
  });
  return { ...recordings, values: memoryValues(values, recordings.offsets, recordings.channels) };
}

/** Standard normal numbers (Box and Muller 1958), the same for the same seed. */
function normals(seed) {
  const generator = xoroshiro128plus(seed);
  const uniform = () => (uniformInt(generator, 0, 2 ** 31 - 1) + 1) / 2 ** 31;
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** A `.ts` file: a line a recording, channels separated by `:`, steps by `,`, the class at the end. */
function formatTs(name, recordings) {
  const { channels, classes, offsets, labels } = recordings;
  const values = allValues(recordings);
  const lines = Array.from(labels, (label, i) => {
    const series = Array.from({ length: channels }, (_, channel) => {
      const steps = [];
      for (let step = offsets[i]; step < offsets[i + 1]; step++)
        steps.push(values[step * channels + channel].toPrecision(7));
      return steps.join(',');
    });
    return [...series, classes[label]].join(':');
  });
  const header = [
    `# JapaneseVowels, standardised, with noise in half of its channels: made by experiments/noisy-channels.mjs`,
    `@problemName ${name}`,
    '@timeStamps false',
    '@missing false',
    '@univariate false',
    `@dimensions ${channels}`,
    '@equalLength false',
    `@classLabel true ${classes.join(' ')}`,
    '@data',
  ];
  return [...header, ...lines, ''].join('\n');
}
