// What keeps a run from using files together that have no problem each for itself, found on recordings without their values.
import { UserError } from '../shared/errors.js';
import { concatenate } from './combine.js';
import { type Load, numberedFrom } from './load.js';
import { expandPatterns } from './patterns.js';
import { withGroupsAsked } from './read/groupsRead.js';
import { count, type Recordings } from './recordings.js';

/** A file, prepared as a run has it. */
export interface PreparedFile {
  readonly path: string;
  readonly recordings: Recordings;
  /** Whether ids are positions. */
  readonly numbered: boolean;
}

/** What a run does with prepared files, which it loads by their names. */
export type Use = (load: Load) => Promise<unknown>;

/** A UserError that `use` throws, with the number of the file that it names, or of the first where it names none of them; else null. */
export async function obstacleTo(
  use: Use,
  files: readonly PreparedFile[],
): Promise<{ readonly file: number; readonly error: UserError } | null> {
  try {
    await use((names, options) => loadPreparedFiles(files, names, options));
    return null;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const named = error.place.file ?? '';
    const file = files.findIndex(
      ({ path, recordings }) => path === named || recordings.files.includes(named),
    );
    return { file: Math.max(0, file), error };
  }
}

/** A set as `loadPrepared` would load it. */
async function loadPreparedFiles(
  files: readonly PreparedFile[],
  names: string | readonly string[],
  options: Parameters<Load>[1] = {},
): Promise<Recordings> {
  const parts: Recordings[] = [];
  let before = 0;
  for (const name of await expandPatterns([names].flat())) {
    const file = files.find(({ path }) => path === name);
    if (file === undefined) throw new RangeError(`${name} is not among the prepared files`);
    const recordings = file.numbered ? numberedFrom(file.recordings, before) : file.recordings;
    parts.push(withGroupsAsked(recordings, options));
    before += count(recordings);
  }
  return concatenate(parts, options.groups);
}
