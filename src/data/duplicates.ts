// Recordings that occur more than once, within a set or in several: those of test data that are in training data too make every
// figure on the test data worthless.
import { formatPlace } from '../shared/errors.js';
import { count, placeOf, type Recordings } from './recordings.js';

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
  const groups = new Map<number, Member[][]>();
  for (const [set, recordings] of sets.entries()) {
    const { values, offsets, channels } = recordings;
    const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
    for (let index = 0; index < count(recordings); index++) {
      const hash = hashOf(bits, offsets[index] * channels, offsets[index + 1] * channels);
      const alike = groups.get(hash);
      const group = alike?.find(([other]) => isSame(recordings, index, sets[other.set], other.index));
      if (group !== undefined) group.push({ set, index });
      else if (alike !== undefined) alike.push([{ set, index }]);
      else groups.set(hash, [[{ set, index }]]);
    }
  }
  return [...groups.values()].flat().filter((group) => group.length > 1);
}

/** Over the bits of float32 values, where 0 and -0, and all that are NaN, count as the same. The rounds are those of MurmurHash3. */
function hashOf(bits: Int32Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at++) {
    const magnitude = bits[at] & 0x7fffffff;
    const word = magnitude > 0x7f800000 ? 0x7fc00000 : magnitude === 0 ? 0 : bits[at];
    const mixed = Math.imul(word, 0xcc9e2d51);
    hash ^= Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  return hash;
}

function isSame(a: Recordings, i: number, b: Recordings, j: number): boolean {
  const [startA, startB] = [a.offsets[i] * a.channels, b.offsets[j] * b.channels];
  const length = a.offsets[i + 1] * a.channels - startA;
  if (a.channels !== b.channels || b.offsets[j + 1] * b.channels - startB !== length) return false;
  for (let at = 0; at < length; at++) {
    const [x, y] = [a.values[startA + at], b.values[startB + at]];
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
