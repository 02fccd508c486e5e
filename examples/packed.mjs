// Packs a set into a file once, and makes a batch of it without reading more than the recordings that are in it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { count, fitNormalization, loadRecordings, makeBatch, normalize, packFiles } from 'masq/data';

const folder = mkdtempSync(join(tmpdir(), 'packed-'));
const file = 'data/JapaneseVowels/JapaneseVowels_TRAIN.ts';
const asTheyAre = {
  timestamps: { duplicates: 'error', unordered: 'error' },
  missing: 'error',
  resampling: 'none',
  windows: 'none',
};
await packFiles(file, asTheyAre, join(folder, 'vowels.masq'));

const [packed, inMemory] = await Promise.all(
  [join(folder, 'vowels.masq'), file].map((name) => loadRecordings(name)),
);
const batchOf = (recordings) => {
  const all = [...recordings.labels.keys()];
  return makeBatch(normalize(recordings, fitNormalization(recordings, all, 'channel')), [3, 1, 4]);
};
const [one, other] = [packed, inMemory].map((recordings) => batchOf(recordings).values);
const isSame = one.every((value, i) => value === other[i]);
console.log(`${packed.values.kind}, ${count(packed)} recordings; the batches are the same: ${isSame}`);
rmSync(folder, { recursive: true });
