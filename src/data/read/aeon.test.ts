// Files of the archive read by aeon (https://www.aeon-toolkit.org) and by masq: the same numbers, classes and lengths. They are the
// bundled ones and drawn ones, as far as aeon reads what the formats allow.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { valuesOf } from '../../../test/support/dataFiles.js';
import { testWithAeon } from '../../../test/support/python.js';
import { loadRecordings } from '../load.js';

const SCRIPT = `
import sys
from unittest.mock import MagicMock
import numpy as np
sys.modules.update({'numba': MagicMock(), 'numba.typed': MagicMock()})
from aeon.datasets import load_from_arff_file, load_from_ts_file, load_from_tsv_file

READERS = {'ts': load_from_ts_file, 'arff': load_from_arff_file, 'tsv': load_from_tsv_file}

def recording(values, label):
    steps = np.asarray(values).T.astype(np.float32)
    rows = [[None if np.isnan(value) else float(value) for value in row] for row in steps]
    return {'steps': rows, 'label': str(label)}

def read(file):
    x, y = READERS[file.rsplit('.', 1)[1]](file)
    return [recording(values, y[i] if len(y) else '') for i, values in enumerate(x)]

def main(files):
    return {file: read(file) for file in files}
`;

/** What masq reads, as the script gives it: aeon turns classes to lower case. */
async function read(file: string): Promise<unknown> {
  const recordings = await loadRecordings(file, { missing: 'report', labels: 'optional' });
  const { channels, classes, ids, labels } = recordings;
  return ids.map((_, i) => {
    const values = valuesOf(recordings, i).map((value) => (Number.isNaN(value) ? null : value));
    const steps = Array.from({ length: values.length / channels }, (_, t) =>
      values.slice(t * channels, (t + 1) * channels),
    );
    return { steps, label: labels[i] < 0 ? '' : classes[labels[i]] };
  });
}

interface Drawn {
  readonly channels: number;
  readonly equalLength: boolean;
  /** `[recordings, channels, time]`, as texts. */
  readonly rows: readonly string[][][];
}

/** Numbers as people and programs write them, some of them missing. */
const cell = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: -1e30, max: 1e30, noNaN: true }).map(String) },
  { weight: 2, arbitrary: fc.tuple(fc.integer(), fc.nat(30)).map(([n, e]) => `${n}e-${e}`) },
  { weight: 2, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }).map((n) => n.toFixed(7)) },
  { weight: 1, arbitrary: fc.constantFrom('.5', '-0', '+7', '1.', '001', '1E3', '?', 'NaN') },
);

function drawn(equalLength: boolean): fc.Arbitrary<Drawn> {
  return fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 2, max: 9 }))
    .chain(([channels, time]) => {
      const recording = fc.integer({ min: equalLength ? time : 1, max: time }).chain((length) =>
        fc.array(fc.array(cell, { minLength: length, maxLength: length }), {
          minLength: channels,
          maxLength: channels,
        }),
      );
      return fc
        .array(recording, { minLength: 2, maxLength: 6 })
        .map((rows) => ({ channels, equalLength, rows }));
    });
}

function ts({ channels, equalLength, rows }: Drawn): string {
  const header = [
    '@problemName drawn',
    '@timeStamps false',
    '@missing true',
    `@univariate ${channels === 1}`,
    `@dimensions ${channels}`,
    `@equalLength ${equalLength}`,
    '@classLabel true up down',
    '@data',
  ];
  const lines = rows.map((row, i) => `${row.map((values) => values.join(',')).join(':')}:${nameOf(i)}`);
  return [...header, ...lines, ''].join('\n');
}

function arff({ channels, rows }: Drawn): string {
  const steps = rows[0][0].map((_, t) => `@attribute att${t} numeric`);
  const attributes = channels === 1 ? steps : ['@attribute bag relational', ...steps, '@end bag'];
  const lines = rows.map((row, i) => {
    const values = row.map((values) => values.join(',')).join('\\n');
    return `${channels === 1 ? values : `'${values}'`},${nameOf(i)}`;
  });
  const header = ['@relation drawn', ...attributes, '@attribute target {up,down}', '@data'];
  return [...header, ...lines, ''].join('\n');
}

const nameOf = (index: number): string => (index % 2 === 0 ? 'up' : 'down');

const TIMES =
  '@timeStamps true\n@missing true\n@univariate false\n@dimensions 2\n@equalLength false\n@classLabel true up down\n@data\n' +
  '(0,1.5),(1,NaN),(3,0.25):(0,2.5),(1,3.5),(3,12.75):up\n(0,7.5):(0,8.5):down\n';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'masq-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('aeon reads the same numbers, lengths and classes', () => {
  testWithAeon('in the bundled .ts and ARFF files', async ({ python }) => {
    const files = [
      'data/JapaneseVowels/JapaneseVowels_TRAIN.ts',
      'data/BasicMotions/BasicMotions_TRAIN.ts',
      'data/BasicMotions/BasicMotions_TRAIN.arff',
      'data/GunPoint/GunPoint_TRAIN.arff',
    ];
    const theirs = (await python(SCRIPT, files)) as Record<string, { label: string }[]>;
    for (const file of files) {
      const ours = (await read(file)) as { label: string }[];
      // Only in .ts does aeon turn classes to lower case.
      for (const recording of ours) if (file.endsWith('.ts')) recording.label = recording.label.toLowerCase();
      expect(isDeepStrictEqual(ours, theirs[file]), file).toBe(true);
    }
  });

  testWithAeon(
    'in drawn and written files: unequal lengths, missing values, times, no labels, text of the UCR archive',
    async ({ python }) => {
      const samples = (equalLength: boolean): Drawn[] =>
        fc.sample(drawn(equalLength), { numRuns: 30, seed: 20 });
      const contents: [ending: string, content: string][] = [
        ['ts', TIMES],
        ['ts', '@univariate true\n@equalLength false\n@classLabel false\n@data\n1,2\n-3e-2\n'],
        ['tsv', '1\t0.1\t-2e-3\tNaN\t4\n-2\t5\t6\t7\t8\n'],
        ...samples(false).map((each): [string, string] => ['ts', ts(each)]),
        ...samples(true).map((each): [string, string] => ['ts', ts(each)]),
        ...samples(true).map((each): [string, string] => ['arff', arff(each)]),
      ];
      const files = contents.map(([ending], i) => join(folder, `${i}.${ending}`));
      await Promise.all(files.map((file, i) => writeFile(file, contents[i][1])));
      const theirs = (await python(SCRIPT, files)) as Record<string, unknown>;
      for (const [i, file] of files.entries()) {
        expect(await read(file), contents[i][1]).toEqual(theirs[file]);
      }
    },
  );
});
