// Reads `.npz` files: zip archives of NumPy arrays, as `np.savez` and `np.savez_compressed` write them.
import { didYouMean } from '../../shared/nearest.js';
import type { BinaryFormat } from './binaryFormat.js';
import type { ByteSource } from './byteSource.js';
import type { ArrayBytes } from './npyArray.js';
import { FatalProblem, quote } from './problems.js';
import {
  type ArrayLayout,
  COMPANIONS,
  readArrayLayout,
  readArrayParts,
  type RecordingArrays,
} from './recordingArrays.js';
import { readZipEntries, readZipEntry, type ZipEntry } from './zip.js';
import { list } from './roles.js';

type Role = keyof RecordingArrays;

/** The names by which an array is found. */
const NAMES: Record<Role, readonly string[]> = {
  values: ['values', 'X', 'x', 'data'],
  lengths: ['lengths'],
  offsets: ['offsets'],
  labels: ['labels', 'y'],
  groups: ['groups'],
  splits: ['splits', 'split'],
  ids: ['ids'],
  channels: ['channels'],
};

const EXTENSION = '.npy';

/** For an array that is packed better than recordings are. */
const ADVICE = 'Save it with np.savez, unpacked, if it is right.';

export const npzFormat: BinaryFormat<ArrayLayout> = {
  readHeader: async (source, options) => {
    const arrays = new Map(
      (await readZipEntries(source))
        .filter(isArray)
        .map((entry) => [entry.name.slice(0, -EXTENSION.length), arrayOf(source, entry)]),
    );
    checkNames([...arrays.keys()]);
    const values = find(arrays, 'values');
    if (values === undefined) {
      throw new FatalProblem(
        0,
        `the archive has no array of values (${NAMES.values.join(', ')}); found ${arrays.size === 0 ? 'none' : list([...arrays.keys()])}.`,
      );
    }
    const companions = Object.fromEntries(COMPANIONS.map((role) => [role, find(arrays, role)]));
    return readArrayLayout('npz', { values, ...companions }, options);
  },
  readParts: (_source, layout) => readArrayParts(layout),
};

/** Whether an entry of a zip archive is a NumPy array. */
export function isArray({ name }: ZipEntry): boolean {
  return name.endsWith(EXTENSION);
}

function arrayOf(source: ByteSource, entry: ZipEntry): ArrayBytes {
  const name = quote(entry.name.slice(0, -EXTENSION.length));
  return { name, size: entry.size, pieces: () => readZipEntry(source, entry, ADVICE) };
}

function find(arrays: ReadonlyMap<string, ArrayBytes>, role: Role): ArrayBytes | undefined {
  const found = NAMES[role].filter((name) => arrays.has(name));
  if (found.length > 1) {
    throw new FatalProblem(0, `${list(found)} could each be the ${role}; keep one of them under that name.`);
  }
  return arrays.get(found[0]);
}

/** Other arrays are left alone, but one that is misspelt would be missed without a word. */
function checkNames(names: readonly string[]): void {
  const known = Object.values(NAMES).flat();
  const long = known.filter((name) => name.length > 3);
  for (const name of names.filter((name) => !known.includes(name))) {
    const hint = name.length > 3 ? didYouMean(name, long) : '';
    if (hint !== '') throw new FatalProblem(0, `the array ${quote(name)} is none that is read.${hint}`);
  }
}
