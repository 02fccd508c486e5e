// Parts of a set, and sets put together.
import { counted } from '../shared/counted.js';
import { UserError } from '../shared/errors.js';
import { inAllOrNone } from './read/groupsRead.js';
import type { ReadOptions } from './read/reader.js';
import { count, labelsOfSteps, lengthOf, type Recordings, sortClasses } from './recordings.js';
import { sameNumber, WRITE_ALIKE } from './sameNumbers.js';
import { derived, sliced, type Values } from './values.js';

/** The recordings at `indices`, in that order; classes stay the same. */
export function selectRecordings(recordings: Recordings, indices: ArrayLike<number>): Recordings {
  const { values, offsets, labels, groups, splits, ids, fileIndices, lines, origin } = recordings;
  const chosen = Array.from(indices);
  const newOffsets = new Float64Array(chosen.length + 1);
  for (const [i, index] of chosen.entries()) newOffsets[i + 1] = newOffsets[i] + lengthOf(recordings, index);
  const steps = newOffsets[chosen.length];
  const copy = <Numbers extends Float64Array | Int32Array>(from: Numbers, to: Numbers): Numbers => {
    for (const [i, index] of chosen.entries()) {
      to.set(from.subarray(offsets[index], offsets[index + 1]), newOffsets[i]);
    }
    return to;
  };
  const { times, stepLabels } = recordings;
  return {
    ...recordings,
    values: sliced(values, { recordings: Int32Array.from(chosen), starts: null }, newOffsets),
    offsets: newOffsets,
    ...(times && { times: copy(times, new Float64Array(steps)) }),
    ...(stepLabels && { stepLabels: copy(stepLabels, new Int32Array(steps)) }),
    ...(origin && {
      origin: { ...origin, recordings: Int32Array.from(chosen, (index) => origin.recordings[index]) },
    }),
    labels: Int32Array.from(chosen, (index) => labels[index]),
    ids: chosen.map((index) => ids[index]),
    groups: groups === null ? null : chosen.map((index) => groups[index]),
    splits: splits === null ? null : chosen.map((index) => splits[index]),
    fileIndices: Int32Array.from(chosen, (index) => fileIndices[index]),
    lines: Int32Array.from(chosen, (index) => lines[index]),
  };
}

/**
 * Sets one after another. Classes that are declared alike keep their order, others are merged and sorted.
 * Throws a UserError where channels differ, two classes are one number, or only some sets have groups, splits or times.
 *
 * @param groups `optional`: where only some sets have groups, the whole has none
 */
export function concatenate(
  parts: readonly Recordings[],
  groups: ReadOptions['groups'] = 'read',
): Recordings {
  const [first, ...others] = parts;
  if (others.length === 0) return first;
  for (const other of others) checkFits(first, other, groups);
  const doubtful = doubtfulClasses(parts);
  if (doubtful !== null) throw new UserError(doubtful.message, { file: doubtful.file });
  const sameClasses = others.every(({ classes }) => equal(classes, first.classes));
  const classes = sameClasses ? first.classes : sortClasses(new Set(parts.flatMap((part) => part.classes)));

  const offsets = new Float64Array(parts.reduce((sum, part) => sum + count(part), 1));
  let recording = 0;
  for (const part of parts) {
    const start = offsets[recording];
    for (let i = 1; i <= count(part); i++) offsets[recording + i] = start + part.offsets[i];
    recording += count(part);
  }
  const files = parts.flatMap((part) => part.files);
  let filesBefore = 0;
  const fileStart = parts.map((part) => (filesBefore += part.files.length) - part.files.length);
  return {
    files,
    channelNames: parts.find((part) => part.channelNames !== null)?.channelNames ?? null,
    channels: first.channels,
    ...(first.indicators !== undefined && { indicators: first.indicators }),
    classes,
    values: joined(parts, offsets),
    offsets,
    labels: Int32Array.from(parts.flatMap((part) => Array.from(relabel(part.labels, part.classes, classes)))),
    ...concatenateSteps(parts, classes, offsets[recording]),
    ids: parts.flatMap((part) => part.ids),
    groups: parts.some((part) => part.groups === null) ? null : parts.flatMap((part) => part.groups ?? []),
    splits: first.splits === null ? null : parts.flatMap((part) => part.splits ?? []),
    fileIndices: Int32Array.from(
      parts.flatMap((part, i) => Array.from(part.fileIndices, (f) => f + fileStart[i])),
    ),
    lines: Int32Array.from(parts.flatMap((part) => Array.from(part.lines))),
  };
}

/** What is wrong with classes of several sets that are one number, and in which file; null where nothing is. */
export function doubtfulClasses(
  parts: readonly Recordings[],
): { file: string | undefined; message: string } | null {
  const same = sameNumber(new Set(parts.flatMap(({ classes }) => classes)));
  if (same === null) return null;
  const [before, later] = same.map((name) =>
    parts.find(({ classes }) => classes.includes(name))?.files.at(0),
  );
  const message = `the class "${same[1]}" is the same number as "${same[0]}"${before === undefined ? '' : ` in ${before}`}. ${WRITE_ALIKE}`;
  return { file: later, message };
}

function joined(parts: readonly Recordings[], offsets: Float64Array): Values {
  const { channels } = parts[0];
  if (parts.every(({ values }) => values.kind === 'none')) return { kind: 'none', channels };
  let recordings = 0;
  const firsts = parts.map((part) => (recordings += count(part)) - count(part));
  const values: Values = { kind: 'joined', channels, parts: parts.map((part) => part.values), firsts };
  return derived(values, values, offsets);
}

/** Times and classes of the steps of all sets. */
function concatenateSteps(
  parts: readonly Recordings[],
  classes: readonly string[],
  steps: number,
): Pick<Recordings, 'times' | 'stepLabels'> {
  const times = new Float64Array(parts[0].times === undefined ? 0 : steps);
  const changing = parts.some(({ stepLabels }) => stepLabels !== undefined);
  const stepLabels = new Int32Array(changing ? steps : 0);
  let from = 0;
  for (const part of parts) {
    if (part.times !== undefined) times.set(part.times, from);
    if (changing) stepLabels.set(relabel(labelsOfSteps(part), part.classes, classes), from);
    from += part.offsets[count(part)];
  }
  return { ...(parts[0].times && { times }), ...(changing && { stepLabels }) };
}

/** Labels that index `classes` as indices into other classes; -1 where a label is unknown or not among them. */
export function relabel(
  labels: Int32Array,
  classes: readonly string[],
  target: readonly string[],
): Int32Array {
  const indices = new Map(target.map((label, i) => [label, i]));
  const renamed = classes.map((name) => indices.get(name) ?? -1);
  return labels.map((label) => (label < 0 ? -1 : renamed[label]));
}

/** Whether two lists hold the same names in the same order. */
export function equal(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}

function checkFits(first: Recordings, other: Recordings, groups: ReadOptions['groups']): void {
  const [file] = first.files;
  const place = { file: other.files[0] };
  if (other.channels !== first.channels) {
    throw new UserError(
      `the file has ${counted(other.channels, 'channel')}, but ${file} has ${first.channels.toLocaleString('en')}.`,
      place,
    );
  }
  if (first.indicators !== other.indicators) {
    throw new UserError(`only one of ${file} and this file has indicators of missing values.`, place);
  }
  if (first.channelNames && other.channelNames && !equal(first.channelNames, other.channelNames)) {
    throw new UserError(
      `the channels are ${other.channelNames.join(', ')}, but those of ${file} are ` +
        `${first.channelNames.join(', ')}; files read together need the same channels in the same order.`,
      place,
    );
  }
  if ((first.times === undefined) !== (other.times === undefined)) {
    const [having, lacking] = first.times === undefined ? [other.files[0], file] : [file, other.files[0]];
    throw new UserError(
      `${having} has times, but ${lacking} has none; name the time column in both, or in neither.`,
    );
  }
  for (const key of inAllOrNone({ groups })) {
    if ((first[key] === null) === (other[key] === null)) continue;
    const [having, lacking] = first[key] === null ? [other.files[0], file] : [file, other.files[0]];
    throw new UserError(
      `${having} has ${key}, but ${lacking} has none; name the ${key.slice(0, -1)} column in both, or in neither.`,
    );
  }
}
