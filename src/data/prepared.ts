// What was done to the recordings of a packed file before they were written, and whether that is what a config asks for.
import { canonical } from '../shared/canonical.js';
import { type Place, UserError } from '../shared/errors.js';
import type { Preparation } from './preparation.js';
import type { Recordings } from './recordings.js';

/** As it stands in a packed file. */
export interface Prepared extends Omit<Preparation, 'windows'> {
  /** Whether each step kept its class and gaps were looked for, as windows need. */
  readonly forWindows: boolean;
}

/** What a packed file says of its preparation. */
export function preparedBy({ timestamps, missing, resampling, windows }: Preparation): Prepared {
  return { timestamps, missing, resampling, forWindows: windows !== 'none' };
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
  const asked = { timestamps: askedOf(timestamps), missing: missing === 'error' ? null : missing };
  const wanted = { ...asked, resampling: resampling === 'none' ? null : resampling };
  const had = { ...done, timestamps: askedOf(done.timestamps) };
  for (const key of ['timestamps', 'missing', 'resampling'] as const) {
    // Where a missing value was an error there is none, so that whatever is asked for is done.
    const isDone = wanted[key] === null || (key === 'missing' && had.missing === 'error');
    if (isDone || canonical(wanted[key]) === canonical(had[key])) continue;
    throw new UserError(
      `the packed file was prepared with data.${key}: ${describe(had[key])}, but the config says ${describe(wanted[key])}. Prepare it ` +
        `again with "masq data prepare" and this config, or take data.${key} out of it.`,
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

/** Null where nothing is asked for. */
function askedOf({
  duplicates,
  unordered,
  gap,
}: Preparation['timestamps']): Preparation['timestamps'] | null {
  return duplicates === 'error' && unordered === 'error' && gap === undefined
    ? null
    : { duplicates, unordered, gap };
}

function describe(choice: unknown): string {
  return choice === null ? 'none' : typeof choice === 'string' ? choice : JSON.stringify(choice);
}
