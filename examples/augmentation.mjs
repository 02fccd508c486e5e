// Augments recordings on their way into a batch: each the same in any batch, and another one in every epoch.
import { createAugmenter, fitNormalization, loadRecordings, makeBatch, normalize } from 'masq/data';

const loaded = await loadRecordings('data/JapaneseVowels/JapaneseVowels_TRAIN.ts');
const all = loaded.labels.map((_, i) => i);
const recordings = normalize(loaded, fitNormalization(loaded, all, 'channel'));
const choices = [{ name: 'jitter', sigma: 0.1 }, { name: 'crop', probability: 1 }, { name: 'mixup' }];
const augmenter = createAugmenter(choices, recordings, 7);

/** Prints what the rows of a batch hold. */
function show(indices, epoch) {
  const { lengths, partners } = makeBatch(recordings, indices, {}, { augmenter, epoch });
  const rows = indices.map((index, row) => {
    const share = (100 * partners.shares[row]).toFixed(1);
    return `recording ${index}: ${lengths[row]} steps, ${share} % of class ${partners.labels[row]}`;
  });
  console.log(rows.join('; '));
}

show([0, 1, 2], 1);
show([2, 1, 0], 1);
show([0, 1, 2], 2);
