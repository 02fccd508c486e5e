// What a run says of its data before it begins, as far as values do not matter.
import { createAugmenter, type Load } from '../data/index.js';
import { classWeightsFor } from './classWeights.js';
import type { Config } from './config.js';
import { notesOn, transpositionNotes } from './dataNotes.js';
import { divideData, namedSplits } from './divideData.js';
import { finishSets, truncateSets } from './finishSets.js';
import { leftOutOfSets } from './windowReports.js';

/**
 * What the user of a config would hear, in sentences.
 *
 * @param load gives prepared recordings, which may lack their values
 * @throws UserError for what would keep the run from beginning
 */
export async function reviewData(config: Config, load: Load): Promise<string[]> {
  const { data, train, seed } = config;
  const { pool, ...divided } = await divideData(config, load);
  const { truncated, ...sets } = truncateSets(divided, data.maxLength);
  const { seen, windows } = finishSets(sets, { kind: 'none' }, data);
  classWeightsFor(train.classWeights, seen.train);
  createAugmenter(train.augmentation, seen.train, seed);
  return [
    ...(data.resampling === 'none' ? transpositionNotes(pool) : []),
    ...notesOn(sets, seen, truncated, namedSplits(data)),
    ...leftOutOfSets(windows),
  ];
}
