// Checks that a set fits what it is used for: training, or a model that was trained before.
import { counted } from '../shared/counted.js';
import { UserError } from '../shared/errors.js';
import { didYouMean } from '../shared/nearest.js';
import { equal, relabel } from './combine.js';
import { count, placeOf, type Recordings } from './recordings.js';
import { isNumber, sameNumber, WRITE_ALIKE } from './sameNumbers.js';

/** What recordings are for. Test data are read with the config of training, the others with that of a finished run. */
export type Purpose = 'test' | 'evaluation' | 'prediction';

/** What a model was trained on. */
export interface TrainedOn {
  readonly channels: number;
  readonly channelNames: readonly string[] | null;
  readonly classes: readonly string[];
}

/**
 * Recordings with their labels as indices into the classes of training.
 * Throws a UserError where they have other channels, the same in another order, or a class unknown to training.
 */
export function alignRecordings(recordings: Recordings, trained: TrainedOn, purpose: Purpose): Recordings {
  checkChannels(recordings, trained, purpose);
  const aligned = (labels: Int32Array): Int32Array => relabel(labels, recordings.classes, trained.classes);
  const labels = aligned(recordings.labels);
  checkKnown(recordings.labels, labels, (index) => index);
  const { stepLabels, offsets } = recordings;
  if (stepLabels === undefined) return { ...recordings, classes: trained.classes, labels };
  const alignedSteps = aligned(stepLabels);
  checkKnown(stepLabels, alignedSteps, (step) => offsets.findLastIndex((offset) => offset <= step));
  return { ...recordings, classes: trained.classes, labels, stepLabels: alignedSteps };

  function checkKnown(before: Int32Array, now: Int32Array, recordingOf: (index: number) => number): void {
    const unknown = now.findIndex((label, i) => label < 0 && before[i] >= 0);
    if (unknown < 0) return;
    const name = recordings.classes[before[unknown]];
    throw new UserError(
      `the ${purpose} data hold the class "${name}", which the training data do not; known classes: ` +
        `${shorten(trained.classes)}.${hintOnClass(name, trained.classes)}`,
      placeOf(recordings, recordingOf(unknown)),
    );
  }
}

/** Which known class may be meant. Numbers that look alike are others. */
function hintOnClass(name: string, known: readonly string[]): string {
  if (!isNumber(name)) return didYouMean(name, known);
  const same = known.find((other) => sameNumber([other, name]) !== null);
  return same === undefined ? '' : ` "${name}" and "${same}" are the same number. ${WRITE_ALIKE}`;
}

/** Throws a UserError where a set cannot be trained on: fewer than two classes, or one without a recording. */
export function checkTrainable(recordings: Recordings): void {
  const { classes, labels, stepLabels = labels } = recordings;
  const file = recordings.files.at(0);
  if (count(recordings) === 0) throw new UserError('the training data hold no recordings.', { file });
  if (classes.length < 2) {
    const found = classes.length === 0 ? 'no classes' : `one class ("${classes[0]}")`;
    throw new UserError(`the training data hold ${found}, expected at least two.`, { file });
  }
  const present = new Set(stepLabels);
  const absent = classes.filter((_, i) => !present.has(i));
  if (absent.length > 0) {
    throw new UserError(
      `the header declares classes that no training recording has: ${shorten(absent)}. ` +
        'Add recordings of them, or take them out of the header.',
      { file },
    );
  }
}

function checkChannels(recordings: Recordings, trained: TrainedOn, purpose: Purpose): void {
  const place = { file: recordings.files.at(0) };
  if (recordings.channels !== trained.channels) {
    const expected = `the model was trained on ${trained.channels.toLocaleString('en')}`;
    const names = trained.channelNames === null ? '' : ` (${shorten(trained.channelNames)})`;
    throw new UserError(
      `the ${purpose} data have ${counted(recordings.channels, 'channel')}, ${expected}${names}.${differences(recordings, trained)}`,
      place,
    );
  }
  const { channelNames } = recordings;
  if (channelNames === null || trained.channelNames === null || equal(channelNames, trained.channelNames))
    return;
  const known = new Set(trained.channelNames);
  const sameNames = channelNames.every((name) => known.has(name));
  const reorder =
    purpose === 'test'
      ? 'Name them in one order for both with data.columns.channels.'
      : 'Put the columns of the file in that order.';
  throw new UserError(
    `the ${purpose} data have ${sameNames ? 'their channels in another order' : 'other channels'} than the ` +
      `training data: ${shorten(channelNames)} instead of ${shorten(trained.channelNames)}. ` +
      (sameNames ? reorder : 'If they are the same under other names, rename them.'),
    place,
  );
}

/** Which channels are too many, and which are not there, where all have names. */
function differences(found: Recordings, trained: TrainedOn): string {
  if (found.channelNames === null || trained.channelNames === null) return '';
  const without = (names: readonly string[], others: readonly string[]): string[] => {
    const known = new Set(others);
    return names.filter((name) => !known.has(name));
  };
  const tooMany = without(found.channelNames, trained.channelNames);
  const absent = without(trained.channelNames, found.channelNames);
  return (
    (tooMany.length === 0 ? '' : ` Not known to the model: ${shorten(tooMany)}.`) +
    (absent.length === 0 ? '' : ` Missing: ${shorten(absent)}.`)
  );
}

function shorten(names: readonly string[]): string {
  return names.length > 20 ? `${names.slice(0, 20).join(', ')}, … (${names.length})` : names.join(', ');
}
