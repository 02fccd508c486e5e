// Loads sets of any size: those that memory can hold into memory, larger ones into a packed file in the cache, from which they are read.
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { canonical } from '../shared/canonical.js';
import { UserError } from '../shared/errors.js';
import { mapBounded } from '../shared/mapBounded.js';
import { cacheFolder } from '../shared/node/paths.js';
import { masqVersion } from '../shared/node/version.js';
import { looksPackedFile } from './packed/openPacked.js';
import { packedRevision } from './packed/layout.js';
import { packOnce } from './packed/packOnce.js';
import { packFiles, type PackOptions } from './packed/packFiles.js';
import { expandPatterns } from './patterns.js';
import { loadPrepared, type Preparation } from './preparation.js';
import { preparedBy } from './prepared.js';
import { filesRead } from './read/filesRead.js';
import type { Recordings } from './recordings.js';
import { estimateValueBytes } from './valueBytes.js';

/** What is heard while a set is packed. */
export interface PackingProgress {
  /** What is packed, in words. */
  readonly files: string;
  /** Whether another process packs the same set, and is waited for. */
  readonly isWaiting: boolean;
  /** Files are read once more, from their beginning, where steps of recordings are scattered over them and have to be brought together. */
  readonly pass: 1 | 2;
  /** Bytes that were read in this pass, of how many. */
  readonly done: number;
  readonly total: number;
}

/** How a set of any size is loaded. */
export interface LoadWithinOptions extends PackOptions {
  /** Bytes that the values of a set may take in memory, as is estimated. Default: a quarter of the memory. */
  readonly memoryLimit?: number | undefined;
  readonly onPacking?: ((progress: PackingProgress) => void) | undefined;
}

/** A set, and where its values are. */
export interface LoadedSet {
  readonly recordings: Recordings;
  /** The packed file that was made, or made before, as the set is larger than the limit; else null. */
  readonly packed: PackedSet | null;
}

/** A set that was packed. */
export interface PackedSet {
  /** As they were named. */
  readonly files: readonly string[];
  readonly path: string;
  /** Whether it was made for this; else it was there before, or another process made it. */
  readonly isNew: boolean;
  /** What the values take in memory, as was estimated, and the limit. */
  readonly estimatedBytes: number;
  readonly memoryLimit: number;
}

/** Files whose sizes are looked up at once. */
const AT_ONCE = 16;

/**
 * Loads and prepares a set: into memory where it fits, else as a packed file in the cache folder, which the same files, read and prepared
 * in the same way, use again.
 *
 * @throws UserError as `loadPrepared` does
 */
export async function loadWithin(
  files: string | readonly string[],
  preparation: Preparation,
  { memoryLimit = defaultMemoryLimit(), onPacking, ...options }: LoadWithinOptions = {},
): Promise<LoadedSet> {
  const names = await expandPatterns(typeof files === 'string' ? [files] : files);
  const found = await describe(names, options);
  const estimatedBytes = found.reduce((sum, file) => sum + file.estimate, 0);
  if (estimatedBytes <= memoryLimit) {
    return { recordings: await loadPrepared(files, preparation, options), packed: null };
  }
  const packedAlready = found.find(({ isPacked }) => isPacked);
  if (packedAlready !== undefined) {
    throw new UserError(
      'this file is packed, and others beside it are not and together are larger than data.memoryLimit. Put all of them into one packed ' +
        'file with "masq data prepare".',
      { file: packedAlready.path },
    );
  }
  const path = join(cacheFolder(), 'data', `${keyOf(found, preparation, options)}.masq`);
  const total = found.reduce((sum, { bytes }) => sum + bytes, 0);
  let pass: PackingProgress['pass'] = 1;
  let done = 0;
  const tell = (isWaiting: boolean): void => {
    onPacking?.({ files: names.join(', '), isWaiting, pass, done: Math.min(done, total), total });
  };
  const onBytes = (bytes: number): void => {
    done += bytes;
    tell(false);
  };
  const onSecondPass = (): void => {
    [pass, done] = [2, 0];
  };
  const pack = (): Promise<void> =>
    packFiles(files, preparation, path, { ...options, onBytes, onSecondPass });
  const onWaiting = (): void => {
    tell(true);
  };
  const isNew = await packOnce(path, pack, onWaiting, options.signal);
  const recordings = await loadPrepared(path, preparation, { ...options, format: 'packed' });
  return { recordings, packed: { files: names, path, isNew, estimatedBytes, memoryLimit } };
}

/** A quarter of the memory that this process may have. */
export function defaultMemoryLimit(): number {
  const allowed = (process as Partial<Pick<NodeJS.Process, 'constrainedMemory'>>).constrainedMemory?.() ?? 0;
  const all = totalmem();
  return (allowed > 0 && allowed < all ? allowed : all) / 4;
}

interface FoundFile {
  readonly path: string;
  readonly bytes: number;
  readonly changed: number;
  readonly isPacked: boolean;
  /** Bytes of its values in memory. */
  readonly estimate: number;
}

/** All files that are read for names; of one that is not there, nothing is known. */
async function describe(names: readonly string[], options: PackOptions): Promise<FoundFile[]> {
  const lists = await mapBounded(names, AT_ONCE, (name) => filesRead(name, options));
  const all = await mapBounded(lists.flat(), AT_ONCE, async (path) => {
    const info = await stat(path).catch(() => null);
    const isPacked = info?.isFile() === true && (await looksPackedFile(path));
    const bytes = info?.size ?? 0;
    const estimate = isPacked ? 0 : await estimateValueBytes(path, bytes);
    return { path: resolve(path), bytes, changed: info?.mtimeMs ?? 0, isPacked, estimate };
  });
  return all;
}

/** The same for the same files, as far as their names, sizes and times tell, that this version of masq reads and prepares alike. */
function keyOf(
  found: readonly FoundFile[],
  preparation: Preparation,
  { columns, format, labels, groups }: PackOptions,
): string {
  const files = found.map(({ path, bytes, changed }) => ({ path, bytes, changed }));
  const options = { format, labels, groups, prepared: preparedBy(preparation, columns) };
  const text = canonical({ masq: masqVersion(), revision: packedRevision, files, ...options });
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
