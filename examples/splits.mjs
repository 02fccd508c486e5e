// Tests on one of five folds after another: how many recordings are left to train on, and how many of each class are tested.
import { loadRecordings, splitFold } from 'masq/data';

const recordings = await loadRecordings('data/JapaneseVowels/JapaneseVowels_TRAIN.ts');
for (let fold = 0; fold < 5; fold++) {
  const { train, heldOut } = splitFold(recordings, { fold, of: 5 });
  const tested = recordings.classes.map(
    (_, label) => heldOut.filter((i) => recordings.labels[i] === label).length,
  );
  console.log(
    `fold ${fold}: ${train.length} to train on, ${heldOut.length} to test on (${tested.join(', ')})`,
  );
}
