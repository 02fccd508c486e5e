// What the user should hear of the data of a run before it begins, in sentences.
import {
  count,
  inspectSample,
  longest,
  mayBeTransposed,
  type PackedSet,
  trainSplit,
  type Recordings,
} from '../data/index.js';
import { counted } from '../shared/counted.js';
import { formatBytes } from '../shared/formatBytes.js';
import { firstOf, listed } from '../shared/listed.js';

/** How many recordings of each set were cut to `maxLength` steps; null for a set that is not there. */
export interface TruncatedSets {
  readonly maxLength: number;
  readonly train: number;
  readonly validation: number | null;
  readonly test: number | null;
}

interface Sets {
  readonly train: Recordings;
  readonly validation: Recordings | null;
  readonly test: Recordings | null;
}

/**
 * @param sets whole recordings
 * @param seen what a model sees of them: the same, or windows
 * @param named the parts that the config takes as the data assign them
 */
export function notesOn(
  sets: Sets,
  seen: Sets,
  truncated: TruncatedSets | null,
  named: readonly string[],
): string[] {
  return [
    ...(truncated === null ? [] : truncation(sets, truncated)),
    ...absentClasses('validation', seen.validation),
    ...absentClasses('test', seen.test),
    ...(named.length === 0 ? unusedSplits(sets.train) : []),
    ...sharedGroups(sets.train, sets.test),
  ];
}

/** Which sets are not in memory, why, and where they are. */
export function packingNotes(packed: readonly PackedSet[]): string[] {
  return packed.map(({ files, path, isNew, estimatedBytes, memoryLimit }) => {
    const names = listed(files.length > 4 ? [...files.slice(0, 3), `${files.length - 3} more`] : files);
    const why = `about ${formatBytes(estimatedBytes)}, more than data.memoryLimit (${formatBytes(memoryLimit)})`;
    const where = isNew ? `packed into ${path}, to be used again` : `packed before, read from ${path}`;
    return `${names} (${why}): ${where}.`;
  });
}

/** @param read recordings with all their steps */
export function transpositionNotes(read: Recordings): string[] {
  if (!mayBeTransposed(read)) return [];
  const { channels } = read;
  return [
    `The training data have ${channels.toLocaleString('en')} channels and at most ${counted(longest(read), 'step')}. If the axes of the array are [recordings, ` +
      'channels, time], save values.transpose(0, 2, 1): masq reads [recordings, time, channels].',
  ];
}

/**
 * Channels that may be no signals: a time or an id that is trained on unseen makes a result worthless.
 *
 * @param read recordings as they were read
 */
export function channelNotes(read: Recordings): string[] {
  // Arrays and `.ts` files without names have nothing but signals.
  if (read.channelNames === null) return [];
  const { risingChannels, constantWithinChannels, coarseChannels } = inspectSample(read);
  const note = (names: readonly string[], what: string, otherwise = ''): string[] =>
    names.length === 0
      ? []
      : [
          `Channels that ${what}: ${firstOf(names, 5)}. If they are no signals, ${otherwise}leave them out with data.columns.channels.`,
        ];
  const time = 'name the time with data.columns.time, or ';
  return [
    ...note(risingChannels, 'only rise in each recording, as a time does', time),
    ...note(
      coarseChannels,
      'hold numbers too large for float32, as a time in milliseconds or an id does',
      time,
    ),
    ...note(constantWithinChannels, 'stay the same within each recording, as an id or the class does'),
  ];
}

/** @param recordings that end in steps without any value, which `data.missing` fills */
export function emptyEndsNotes(recordings: number): string[] {
  if (recordings === 0) return [];
  return [
    `${counted(recordings, 'recording')} ${recordings === 1 ? 'ends' : 'end'} in steps without any value, which data.missing fills, so that the model sees them. ` +
      'If that is padding, leave it out, or save the lengths beside the values (NumPy).',
  ];
}

function truncation(sets: Sets, { maxLength, ...truncated }: TruncatedSets): string[] {
  const names = { train: 'training', validation: 'validation', test: 'test' } as const;
  const parts = (['train', 'validation', 'test'] as const).flatMap((name) => {
    const set = sets[name];
    return set === null ? [] : [`${truncated[name] ?? 0} of ${count(set)} ${names[name]} recordings`];
  });
  return [`data.maxLength cuts ${listed(parts)} to their first ${counted(maxLength, 'step')}.`];
}

function absentClasses(name: 'validation' | 'test', set: Recordings | null): string[] {
  if (set === null) return [];
  const present = new Set(set.labels);
  const absent = set.classes.filter((_, label) => !present.has(label));
  if (absent.length === 0) return [];
  const classes = `${absent.length === 1 ? 'the class' : 'the classes'} ${absent.length > 20 ? firstOf(absent, 20) : listed(absent)}`;
  return [
    `No ${name} ${set.origin === undefined ? 'recording' : 'window'} has ${classes}: what the ${name} says of it counts the others alone.`,
  ];
}

/** Groups that are trained on and tested on: recordings of one subject are alike, and the result is better than for a new one. */
function sharedGroups(train: Recordings, test: Recordings | null): string[] {
  const trained = new Set(train.groups);
  const tested = new Set(test?.groups);
  const shared = [...tested].filter((group) => trained.has(group)).length;
  if (shared === 0) return [];
  return [
    `${shared} of the ${counted(tested.size, 'group')} in the test data ${shared === 1 ? 'is' : 'are'} in the training data too, so that the test does not ` +
      'say how well new ones are classified. With all files in data.train, data.test: { fraction: …, groups: true } keeps each on one side.',
  ];
}

/** Parts that the data assign and the config does not ask for: what is meant to be tested on may be trained on. */
function unusedSplits({ splits }: Recordings): string[] {
  const counts = new Map<string, number>();
  for (const split of splits ?? []) counts.set(split, (counts.get(split) ?? 0) + 1);
  if (splits === null || [...counts.keys()].every((split) => split === trainSplit)) return [];
  const parts = [...counts].map(([split, n]) => `${split} (${n})`);
  return [
    `Training recordings are assigned to ${listed(parts)} by their split, which the config does not ask for, so that it changes nothing. ` +
      'data.test: { split: test } would ask for it.',
  ];
}
