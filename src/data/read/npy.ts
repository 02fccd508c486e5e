// Reads `.npy` files: the values are the file itself; lengths, labels and the like are in files beside it, `NAME.labels.npy` for
// `NAME.npy`.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { codeOf, messageOf } from '../../shared/errors.js';
import type { BinaryFormat } from './binaryFormat.js';
import { piecesOf, sourceOf } from './byteSource.js';
import type { ArrayBytes } from './npyArray.js';
import { FatalProblem, quote } from './problems.js';
import {
  type ArrayLayout,
  COMPANIONS,
  readArrayLayout,
  readArrayParts,
  type RecordingArrays,
} from './recordingArrays.js';

export const npyFormat: BinaryFormat<ArrayLayout> = {
  readHeader: async (source, options) => {
    const stem = source.file.replace(/\.npy$/i, '');
    const companion = COMPANIONS.find((name) => stem.endsWith(`.${name}`));
    if (companion !== undefined) {
      const values = basename(`${stem.slice(0, -companion.length - 1)}.npy`);
      throw new FatalProblem(
        0,
        `by its name the file holds the ${companion} for ${values}; name that file, and this one is read with it.`,
      );
    }
    const { size } = source;
    const arrays: RecordingArrays = {
      values: { name: 'the array', size, pieces: () => piecesOf(source, 0, size), read: source.read },
    };
    for (const name of COMPANIONS) arrays[name] = await readCompanion(`${stem}.${name}.npy`);
    return readArrayLayout('npy', arrays, options);
  },
  readParts: (_source, layout) => readArrayParts(layout),
};

/** A file with one entry a recording, undefined where there is none. */
async function readCompanion(file: string): Promise<ArrayBytes | undefined> {
  const name = quote(basename(file));
  try {
    const bytes = await readFile(file);
    return { name, size: bytes.length, pieces: () => piecesOf(sourceOf(file, bytes), 0, bytes.length) };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new FatalProblem(0, `${name} cannot be read: ${messageOf(error)}.`);
  }
}
