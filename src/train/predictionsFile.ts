// predictions-test.csv, and what `masq predict` writes: one row a recording or window, in the order of the input.
import { stringify } from 'csv-stringify/sync';
import type { Recordings } from '../data/index.js';
import { predictedClasses, type Predictions } from './predictions.js';

/**
 * CSV with the header `id,true,predicted,probability_<class>…`; the column `true` is left out where no label is
 * known.
 *
 * @param recordings or windows of them, with labels as indices into `classes`
 */
export function formatPredictions(
  recordings: Pick<Recordings, 'ids' | 'labels'>,
  predictions: Pick<Predictions, 'probabilities'>,
  classes: readonly string[],
): string {
  const predicted = predictedClasses(predictions, classes.length);
  const labelled = recordings.labels.some((label) => label >= 0);
  const rows = Array.from({ length: recordings.ids.length }, (_, i) => {
    const label = recordings.labels[i];
    const probabilities = predictions.probabilities.subarray(i * classes.length, (i + 1) * classes.length);
    const truth = label < 0 ? '' : classes[label];
    return [
      recordings.ids[i],
      ...(labelled ? [truth] : []),
      classes[predicted[i]],
      ...Array.from(probabilities, String),
    ];
  });
  const header = [
    'id',
    ...(labelled ? ['true'] : []),
    'predicted',
    ...classes.map((name) => `probability_${name}`),
  ];
  return stringify([header, ...rows]);
}
