// Reads recordings, sets a validation part aside, normalises, and makes a padded batch.
import { fitNormalization, loadRecordings, makeBatch, normalize, splitValidation } from 'masq/data';

const recordings = await loadRecordings('data/JapaneseVowels/JapaneseVowels_TRAIN.ts');
const { train, validation } = splitValidation(recordings, { fraction: 0.2 }, 7);
const normalized = normalize(recordings, fitNormalization(recordings, train, 'channel'));
const batch = makeBatch(normalized, validation.subarray(0, 16));
console.log(batch.shape, batch.lengths);
