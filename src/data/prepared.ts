// What was done to the recordings of a packed file before they were written, and whether that is what a config asks for.
import { canonical } from '../shared/canonical.js';
import { type Place, UserError } from '../shared/errors.js';
import { listed } from '../shared/listed.js';
import type { Preparation } from './preparation.js';
import type { Columns } from './read/reader.js';
import type { Recordings } from './recordings.js';

/** As it stands in a packed file. */
export interface Prepared extends Omit<Preparation, 'windows'> {
  /** Whether each step kept its class and gaps were looked for, as windows need. */
  readonly forWindows: boolean;
  /** The columns or keys of the files that were packed, where they were named. */
  readonly columns?: Columns | undefined;
}

/** What a packed file says of its preparation. */
export function preparedBy(
  { timestamps, missing, resampling, windows }: Preparation,
  columns: Columns | undefined,
): Prepared {
  return { timestamps, missing, resampling, forWindows: windows !== 'none', ...(columns && { columns }) };
}

/**
 * The recordings of a packed file, where a config asks for nothing else than was done to them: what it leaves at its default is as the
 * file has it.
 *
 * @throws UserError that says what to do
 */
export function checkPrepared(
  recordings: Recordings,
  prepared: unknown,
  { timestamps, missing, resampling, windows }: Preparation,
): Recordings {
  const done = prepared as Prepared;
  const file = recordings.files.at(0);
  const place = recordings.values.kind === 'packed' ? { file: recordings.values.path } : { file };
  const asked = {
    timestamps: isDefault(timestamps) ? null : timestamps,
    missing: missing === 'error' ? null : missing,
    resampling: resampling === 'none' ? null : resampling,
  };
  const otherwise = (['timestamps', 'missing', 'resampling'] as const).filter((key) => {
    // Where a missing value was an error there is none, so that whatever is asked for is done.
    const isDone = asked[key] === null || (key === 'missing' && done.missing === 'error');
    return !isDone && canonical(asked[key]) !== canonical(done[key]);
  });
  if (otherwise.length > 0) {
    const differences = otherwise.flatMap((key) => differencesOf(`data.${key}`, done[key], asked[key]));
    throw new UserError(
      `the packed file was prepared otherwise than the config, or another packed file, says: ${differences.join('; ')}. Prepare it again ` +
        `with "masq data prepare" and this config, or take ${listed(otherwise.map((key) => `data.${key}`))} out of it.`,
      place,
    );
  }
  if (windows !== 'none' && !done.forWindows) {
    throw new UserError(
      'the packed file was prepared without data.windows, so that it holds neither the classes of steps nor gaps. Prepare it again with ' +
        '"masq data prepare" and this config.',
      place,
    );
  }
  checkPackable({ timestamps, windows }, place);
  return recordings;
}

/** What was done to the recordings of a packed file, in words; empty where nothing was. */
export function describePrepared(prepared: unknown): string {
  const { timestamps, missing, resampling } = prepared as Prepared;
  const done = {
    ...(!isDefault(timestamps) && { timestamps }),
    ...(missing !== 'error' && { missing }),
    ...(resampling !== 'none' && { resampling }),
  };
  return Object.entries(done)
    .map(([key, choice]) => `${key}: ${inWords(choice)}`)
    .join('; ');
}

/** @throws UserError where something is asked for that a packed file cannot give */
export function checkPackable(
  { timestamps, windows }: Pick<Preparation, 'timestamps' | 'windows'>,
  place: Place = {},
): void {
  if (windows === 'none' || typeof timestamps.gap !== 'number') return;
  throw new UserError(
    'windows that end at gaps (data.windows with a number as data.timestamps.gap) cannot be cut from a packed file, which holds no times. ' +
      'Name the original files and set data.memoryLimit above their size, or set data.timestamps.gap to none.',
    place,
  );
}

/** Whether nothing is asked for. */
export function isDefault({ duplicates, unordered, gap }: Preparation['timestamps']): boolean {
  return duplicates === 'error' && unordered === 'error' && gap === undefined;
}

/** How two choices of a key differ, by its own keys where both have some: `data.resampling.period is 1 in the file and 2 in the config`. */
function differencesOf(key: string, had: unknown, asked: unknown): string[] {
  if (!isObject(had) || !isObject(asked))
    return [`${key} is ${inWords(had)} in the file and ${inWords(asked)} in the config`];
  const names = [...new Set([...Object.keys(had), ...Object.keys(asked)])];
  return names
    .filter((name) => had[name] !== asked[name])
    .flatMap((name) => differencesOf(`${key}.${name}`, had[name], asked[name]));
}

function isObject(choice: unknown): choice is Record<string, unknown> {
  return typeof choice === 'object' && choice !== null;
}

function inWords(choice: unknown): string {
  if (choice === undefined) return 'not given';
  if (!isObject(choice)) return typeof choice === 'string' ? choice : JSON.stringify(choice);
  return Object.entries(choice)
    .map(([name, value]) => `${name} ${inWords(value)}`)
    .join(', ');
}
