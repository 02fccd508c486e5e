// Recordings that occur more than once, within a set or in several: those of test data that are in training data too make every
// figure on the test data worthless.
import { formatPlace } from '../shared/errors.js';
import { count, lengthOf, placeOf, type Recordings, valuesOf } from './recordings.js';
import { hashesOf } from './values.js';

/** A recording as a message names it. */
export interface RecordingName {
  readonly file: string | null;
  /** From 1; 0 where the file has no lines. */
  readonly line: number;
  /** Its id in the file, or its position from 0. */
  readonly recording: string;
  /** Its class; null where unknown. */
  readonly label: string | null;
}

/** Recordings of one set that an earlier set, or the same one before them, has too. */
export interface Repetition {
  /** Positions of the two sets; equal for repetitions within a set. */
  readonly earlier: number;
  readonly later: number;
  /** Recordings of the later set. */
  readonly recordings: number;
  /** Those of them that have another class than a recording with the same values. */
  readonly otherClass: number;
  /** The first of them, and the first that it repeats. */
  readonly first: { readonly earlier: RecordingName; readonly later: RecordingName };
}

/**
 * Finds recordings with the same steps and the same values, compared one by one where their hashes agree; a missing value equals
 * another. In the order of the sets.
 */
export function findRepetitions(sets: readonly Recordings[]): Repetition[] {
  const found = new Map<string, Repetition>();
  for (const members of identical(sets)) {
    const seen = new Map<number, { first: Member; labels: Set<string> }>();
    for (const member of members) {
      const label = nameOf(sets, member).label;
      for (const [earlier, { first, labels }] of seen) {
        const key = `${earlier} ${member.set}`;
        const known = found.get(key);
        const differs = label !== null && (labels.size > 1 || (labels.size === 1 && !labels.has(label)));
        found.set(key, {
          ...{ earlier, later: member.set, recordings: (known?.recordings ?? 0) + 1 },
          otherClass: (known?.otherClass ?? 0) + (differs ? 1 : 0),
          first: known?.first ?? { earlier: nameOf(sets, first), later: nameOf(sets, member) },
        });
      }
      const own = seen.get(member.set) ?? { first: member, labels: new Set() };
      if (label !== null) own.labels.add(label);
      seen.set(member.set, own);
    }
  }
  return [...found.values()].sort((a, b) => a.later - b.later || a.earlier - b.earlier);
}

/** `a.ts:5 (class 1) = b.ts:7 (class 2)`. */
export function describePair({ earlier, later }: Repetition['first']): string {
  const text = ({ file, line, recording, label }: RecordingName): string => {
    const where =
      file === null || line === 0 ? `recording ${recording}` : formatPlace({ file, line }).slice(0, -2);
    return `${where}${file !== null && line === 0 ? ` of ${file}` : ''} (${label === null ? 'no class' : `class ${label}`})`;
  };
  return `${text(later)} = ${text(earlier)}`;
}

interface Member {
  readonly set: number;
  readonly index: number;
}

/** Groups of two or more recordings that are the same, each in the order of the sets. */
function identical(sets: readonly Recordings[]): Member[][] {
  const hashes = sets.map(({ values, offsets }) => hashesOf(values, offsets));
  const repeated = repeatedNumbers(hashes);
  const groups = new Map<number, Member[][]>();
  for (const [set, recordings] of sets.entries()) {
    for (let index = 0; index < count(recordings); index++) {
      const hash = hashes[set][index];
      if (!repeated.has(hash)) continue;
      const alike = groups.get(hash);
      const group = alike?.find(([other]) => isSame(recordings, index, sets[other.set], other.index));
      if (group !== undefined) group.push({ set, index });
      else if (alike !== undefined) alike.push([{ set, index }]);
      else groups.set(hash, [[{ set, index }]]);
    }
  }
  return [...groups.values()].flat().filter((group) => group.length > 1);
}

/** Numbers that occur more than once: few, so that what is kept of recordings does not grow with the sets. */
function repeatedNumbers(lists: readonly Int32Array[]): Set<number> {
  const all = new Int32Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  all.sort();
  const repeated = new Set<number>();
  for (let i = 1; i < all.length; i++) if (all[i] === all[i - 1]) repeated.add(all[i]);
  return repeated;
}

function isSame(a: Recordings, i: number, b: Recordings, j: number): boolean {
  if (a.channels !== b.channels || lengthOf(a, i) !== lengthOf(b, j)) return false;
  // What is read stays only until the next reading, and both sets may be parts of one.
  const other = valuesOf(b, j).slice();
  const values = valuesOf(a, i);
  for (let at = 0; at < values.length; at++) {
    const [x, y] = [values[at], other[at]];
    if (x !== y && !(Number.isNaN(x) && Number.isNaN(y))) return false;
  }
  return true;
}

function nameOf(sets: readonly Recordings[], { set, index }: Member): RecordingName {
  const recordings = sets[set];
  const label = recordings.labels[index];
  const { file, line } = placeOf(recordings, index);
  return {
    ...{ file: file ?? null, line: line ?? 0, recording: recordings.ids[index] },
    label: label < 0 ? null : recordings.classes[label],
  };
}
