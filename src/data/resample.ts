// Stratified resamples of a data set that comes as training and test data, as evaluations on the UCR and UEA archives use them
// (Bagnall et al. 2017, doi:10.1007/s10618-016-0483-9): both are pooled, and as many recordings of each class as the training data
// have are drawn anew to train on. Resample 0 is the data as they come.
import { deriveSeed, permutation } from '../shared/random.js';
import type { Recordings } from './recordings.js';
import { sidesOf, type Sides } from './sides.js';

/**
 * Resample `n` of a pooled set, as a pure function of labels and n. The design is that of aeon's `stratified_resample_data`; the
 * draws are masq's own.
 *
 * @param pooled the training recordings, then those to test on
 * @param trainCount how many of them are training recordings
 */
export function stratifiedResample({ labels, classes }: Recordings, trainCount: number, n: number): Sides {
  const isTest = new Uint8Array(labels.length).fill(1);
  if (n === 0) return sidesOf(isTest.fill(0, 0, trainCount));
  for (const label of classes.keys()) {
    const members = Array.from(labels.keys()).filter((i) => labels[i] === label);
    const drawn = members.filter((i) => i < trainCount).length;
    const order = permutation(members.length, deriveSeed(n, 'resample', label));
    for (const position of order.subarray(0, drawn)) isTest[members[position]] = 0;
  }
  return sidesOf(isTest);
}
