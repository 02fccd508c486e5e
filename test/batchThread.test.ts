// Batches that a thread makes, against the same batches made here. From the build, as the sources have no program for a thread.
import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as Making from '../src/data/batchMaker.js';
import type * as Data from '../src/data/index.js';
import { built } from './support/built.js';

const {
  bucketedOrder,
  chooseBuckets,
  fitNormalization,
  lengthsOf,
  loadPrepared,
  normalize,
  packFiles,
  selectRecordings,
} = await built<typeof Data>('data/index.js');
const { makeHere, makeInThread } = await built<typeof Making>('data/batchMaker.js');

const plain: Data.Preparation = {
  timestamps: { duplicates: 'error', unordered: 'error' },
  missing: 'error',
  resampling: 'none',
  windows: 'none',
};
const file = 'data/JapaneseVowels/JapaneseVowels_TRAIN.ts';
const seed = 5;
let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'masq-batch-thread-'));
  path = join(folder, 'vowels.masq');
  await packFiles(file, plain, path);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function recordingsOf(name: string): Promise<Making.BatchSource['recordings']> {
  const all = await loadPrepared(name, plain);
  const chosen = selectRecordings(
    all,
    [...Array(200).keys()].map((i) => 269 - i),
  );
  return normalize(chosen, fitNormalization(chosen, [...Array(200).keys()], 'channel'));
}

function planOf(recordings: Making.BatchSource['recordings'], epoch: number) {
  const lengths = lengthsOf(recordings as Parameters<typeof lengthsOf>[0]);
  const { boundaries } = chooseBuckets(lengths, 3, 16);
  return bucketedOrder({ lengths, boundaries, batchSize: 16, seed, epoch });
}

/** A hash of all that the batches of two epochs hold. */
async function allOf(
  maker: Making.BatchMaker,
  recordings: Making.BatchSource['recordings'],
): Promise<string> {
  const hash = createHash('sha256');
  try {
    for (const epoch of [1, 2]) {
      const plan = planOf(recordings, epoch);
      maker.plan(plan, epoch);
      for (let left = plan.length; left > 0; left--) {
        const batch = await maker.next();
        if (batch === null) throw new Error('no batch');
        const { values, lengths, labels, indices, partners, shape } = batch;
        for (const array of [values, lengths, labels, indices, partners?.labels, partners?.shares]) {
          if (array !== undefined)
            hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
        }
        hash.update(shape.join(' '));
      }
    }
  } finally {
    await maker.close();
  }
  return hash.digest('hex');
}

describe('a thread makes the batches that are made here', () => {
  const augmentation = [{ name: 'jitter' }, { name: 'crop' }, { name: 'mixup' }];

  it.each([
    ['of a set in memory, augmented', () => file, augmentation],
    ['of a packed set, augmented', () => path, augmentation],
    ['of a packed set as it is', () => path, 'none' as const],
  ])('%s', async (_, name, how) => {
    const recordings = await recordingsOf(name());
    const expected = await allOf(
      makeHere({ recordings: await recordingsOf(file), augmentation: how, seed }),
      recordings,
    );
    expect(await allOf(makeInThread({ recordings, augmentation: how, seed }), recordings)).toBe(expected);
  });
});

/** What a maker says once a batch cannot be made. */
async function failureOf(
  maker: Making.BatchMaker,
  recordings: Making.BatchSource['recordings'],
): Promise<Error | null> {
  try {
    maker.plan(planOf(recordings, 1), 1);
    while ((await maker.next()) !== null);
    return maker.failure;
  } finally {
    await maker.close();
  }
}

describe('what goes wrong in a thread is told', () => {
  it('as it would be here, where a packed file is damaged', async () => {
    const damaged = join(folder, 'damaged.masq');
    await packFiles(file, plain, damaged);
    const recordings = await recordingsOf(damaged);
    const opened = openSync(damaged, 'r+');
    writeSync(opened, Buffer.alloc(8, 1), 0, 8, 100_000);
    closeSync(opened);
    const failure = await failureOf(makeInThread({ recordings, augmentation: 'none', seed }), recordings);
    expect(failure).toMatchObject({ name: 'UserError', place: { file: damaged } });
    expect(failure?.message).toBe(
      `${damaged}: values in block 1 have another checksum: the packed file is damaged or was cut off. Prepare it again; in the cache folder, remove it, and the next run makes it anew.`,
    );
  });

  it('where an augmentation of a module throws, and where the thread ends', async () => {
    const module = join(folder, 'own.mjs');
    await writeFile(
      module,
      `import { augmentations } from ${JSON.stringify(resolve('dist/data/index.js'))};
       const own = (augment) => ({ ...augmentations.jitter, prepare: () => augment });
       augmentations.throwing = own(() => { throw new Error('not today'); });
       augmentations.ending = own(() => process.exit(3));`,
    );
    await import(module);
    const recordings = await recordingsOf(file);
    const of = (name: string): Promise<Error | null> =>
      failureOf(makeInThread({ recordings, augmentation: [{ name }], seed, modules: [module] }), recordings);
    expect((await of('throwing'))?.message).toBe('not today');
    expect((await of('ending'))?.message).toMatch(
      /thread that makes batches ended unexpectedly, with exit code 3/,
    );
  });
});
