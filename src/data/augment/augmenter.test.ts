// What becomes of a recording depends on seed, epoch and recording alone, never on its batch or its padding.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusalOf } from '../../../test/support/refusal.js';
import { packageRoot } from '../../shared/node/paths.js';
import { makeBatch, type Batch } from '../batches.js';
import { allValues, recordingsFromArrays } from '../recordings.js';
import { createAugmenter, type Augmenter } from './augmenter.js';
import { augmentations } from './registry.js';

const lengths = [4, 9, 1, 6, 0, 9, 12];
const channels = 3;
const recordings = recordingsFromArrays(
  lengths.map((steps, r) =>
    Array.from({ length: steps }, (_, t) =>
      Array.from({ length: channels }, (_, c) => Math.sin(r + t * (c + 1))),
    ),
  ),
  { labels: lengths.map((_, r) => `class ${r % 3}`) },
);

const names = Object.keys(augmentations);
const all = names.map((name) => ({ name, probability: 0.7 }));

function augmenter(choices: Parameters<typeof createAugmenter>[0], seed = 7): Augmenter {
  const created = createAugmenter(choices, recordings, seed);
  if (created === null) throw new Error('nothing to augment');
  return created;
}

/** Everything that a row of a batch says of its recording. */
function rowOf({ values, shape: [, time], lengths, labels, partners }: Batch, row: number): unknown[] {
  const start = row * time * channels;
  const own = values.slice(start, start + lengths[row] * channels);
  const beyond = values.slice(start + own.length, start + time * channels);
  expect(beyond.every((value) => value === 0)).toBe(true);
  return [own, lengths[row], labels[row], partners?.labels[row], partners?.shares[row]];
}

const alone = (index: number, epoch: number, seed = 7): unknown[] =>
  rowOf(makeBatch(recordings, [index], {}, { augmenter: augmenter(all, seed), epoch }), 0);

describe('an augmented recording', () => {
  test('is the same in any batch, at any place in it and with any padding, and leaves the recordings as they are', () => {
    const before = allValues(recordings).slice();
    const indices = fc.shuffledSubarray([...lengths.keys()], { minLength: 1 });
    fc.assert(
      fc.property(indices, fc.nat(9), fc.integer({ min: 1, max: 3 }), (indices, padding, epoch) => {
        const shape = { time: 12 + padding, rows: indices.length + 1 };
        const batch = makeBatch(recordings, indices, shape, { augmenter: augmenter(all), epoch });
        expect(indices.map((_, row) => rowOf(batch, row))).toEqual(
          indices.map((index) => alone(index, epoch)),
        );
        expect([batch.partners?.labels.at(-1), batch.partners?.shares.at(-1)]).toEqual([-1, 0]);
      }),
      { numRuns: 20 },
    );
    expect(allValues(recordings)).toEqual(before);
  });

  test('is another one in another epoch, for another seed, and at another place of the list', () => {
    expect(alone(1, 2)).not.toEqual(alone(1, 1));
    expect(alone(1, 1, 8)).not.toEqual(alone(1, 1));
    const once = { name: 'jitter', probability: 1, sigma: 1 };
    const noise = (choices: object[]) =>
      makeBatch(recordings, [1], {}, { augmenter: augmenter(choices as []), epoch: 1 }).values.map(
        (value, i) => value - allValues(recordings)[4 * channels + i],
      );
    const [first, both] = [noise([once]), noise([once, once])];
    expect(both.some((value, i) => Math.abs(value - 2 * first[i]) > 0.1)).toBe(true);
  });

  test('has been through the list in its order', () => {
    const cropped = { name: 'crop', probability: 1, minimumShare: 0.01 };
    const silent = { name: 'time-masking', probability: 1, maximumShare: 0.99 };
    const batchOf = (choices: object[]) =>
      makeBatch(recordings, [6], {}, { augmenter: augmenter(choices as []), epoch: 4 });
    // A span of what is left is no longer than that.
    expect(batchOf([cropped, silent]).lengths).toEqual(batchOf([cropped]).lengths);
    expect(batchOf([silent, cropped]).values).not.toEqual(batchOf([cropped, silent]).values);
  });
});

test('without augmentation a batch has no partners', () => {
  expect(createAugmenter('none', recordings, 1)).toBeNull();
  expect(makeBatch(recordings, [0])).not.toHaveProperty('partners');
  const augmentation = { augmenter: augmenter([{ name: 'jitter' }]), epoch: 1 };
  expect(makeBatch(recordings, [0], {}, augmentation)).not.toHaveProperty('partners');
});

test.each([
  [
    [{ name: 'jiter' }],
    'train.augmentation.0: there is no augmentation "jiter". Did you mean "jitter"? Known: jitter,',
  ],
  [[{ name: 'jitter', sgima: 1 }], 'train.augmentation.0: sgima: unknown key. Did you mean "sigma"?'],
  [
    [{ name: 'mixup' }, { name: 'crop' }],
    'train.augmentation.0: expected mixup once and as the last of the list',
  ],
  [
    [{ name: 'mixup' }, { name: 'mixup' }],
    'train.augmentation.0: expected mixup once and as the last of the list',
  ],
])('refuses %j', (choices, message) => {
  expect(refusalOf(() => createAugmenter(choices, recordings, 1))).toContain(message);
});

test('docs/augmentation.md tells of each its options with their defaults, and its source', async () => {
  const text = await readFile(join(packageRoot(), 'docs/augmentation.md'), 'utf8');
  const rows = new Map(
    [...text.matchAll(/^\| `([\w-]+)` \|(.*)$/gm)].map(([, name, rest]) => [name, rest] as const),
  );
  expect([...rows.keys()]).toEqual(names);
  for (const name of names) {
    const { options, source } = augmentations[name];
    const defaults = options.parse({});
    for (const key of Object.keys(options.shape)) {
      const value = key in defaults ? `: ${JSON.stringify(defaults[key])}` : '';
      expect(rows.get(name)).toContain(`\`${key}${value}\``);
    }
    expect(rows.get(name)).toContain(source);
  }
});
