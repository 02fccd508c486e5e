// The split of recordings whose class changes: each goes to one side whole, by the classes of its windows.
import { UserError } from '../shared/errors.js';
import { count, type Recordings } from './recordings.js';
import { type Split, type SplitOptions, splitValidation } from './split.js';
import type { WindowPlan } from './windows.js';

/**
 * Splits recordings so that the windows of each class are shared out near to `fraction`, and every class has windows to train on:
 * as `splitValidation` does with groups, a recording being one (or all recordings of a group). Recordings without a window go to
 * training.
 *
 * @throws UserError where no such split exists
 */
export function splitByWindows(
  recordings: Recordings,
  plan: WindowPlan,
  { fraction, groups = false }: SplitOptions,
  seed: number,
): Split {
  if (!groups && new Set(plan.recordings).size < 2) {
    throw new UserError(
      'only one recording of the training data has windows, so that it cannot be on both sides of the validation split. Add ' +
        'recordings, or train with "validation: none".',
      { file: recordings.files.at(0) },
    );
  }
  const units = groups ? recordings.groups : Array.from(recordings.labels, (_, i) => String(i));
  const windows: Recordings = {
    ...recordings,
    labels: plan.labels,
    groups: units && Array.from(plan.recordings, (index) => units[index]),
  };
  const { validation } = splitValidation(windows, { fraction, groups: true }, seed);
  const inValidation = new Uint8Array(count(recordings));
  for (const window of validation) inValidation[plan.recordings[window]] = 1;
  const all = Int32Array.from({ length: count(recordings) }, (_, i) => i);
  return {
    train: all.filter((i) => inValidation[i] === 0),
    validation: all.filter((i) => inValidation[i] === 1),
  };
}
