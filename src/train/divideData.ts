// Which recordings a run trains, validates and tests on: its files are loaded, checked to go together, and held out of each other.
import {
  alignRecordings,
  checkSplits,
  checkTrainable,
  count,
  type HeldOutPart,
  holdOut,
  type HoldOut,
  holdOutByWindows,
  type Load,
  planWindows,
  type Recordings,
  selectRecordings,
  type Sides,
  stratifiedResample,
  truncateRecordings,
} from '../data/index.js';
import { deriveSeed } from '../shared/random.js';
import type { Config } from './config.js';
import { testFiles } from './dataFiles.js';

/** The sets of a run. */
export interface DividedSets {
  readonly train: Recordings;
  /** Null where the config asks for none. */
  readonly validation: Recordings | null;
  /** Null where the config names no test data. */
  readonly test: Recordings | null;
}

/**
 * Loads the data of a config and divides them. No value is looked at.
 *
 * @returns the sets, and as `pool` what is trained and validated on
 * @throws UserError for the first thing that keeps the files from being used together, or divided as the config says
 */
export async function divideData(
  { data, seed }: Config,
  load: Load,
): Promise<DividedSets & { readonly pool: Recordings }> {
  const { train: pool, test } = await loadAndHoldOutTest(data, seed, load);
  const { validation: how } = data;
  if (how === 'none') return { pool, train: pool, validation: null, test };
  const { train, heldOut } = split(pool, how, 'validation', data, deriveSeed(seed, 'split'));
  return { pool, train: selectRecordings(pool, train), validation: selectRecordings(pool, heldOut), test };
}

/** What is trained and validated on, in one set, and what is tested on. */
async function loadAndHoldOutTest(
  data: Config['data'],
  seed: number,
  load: Load,
): Promise<{ train: Recordings; test: Recordings | null }> {
  const { test, resample = 0 } = data;
  const all = await load(data.train);
  checkTrainable(all);
  const named = namedSplits(data);
  if (named.length > 0) checkSplits(all, named);
  if (test === undefined) return { train: all, test: null };
  if (isHeldOut(test)) {
    const { train, heldOut } = split(all, test, 'test', data, deriveSeed(seed, 'test split'));
    return { train: selectRecordings(all, train), test: selectRecordings(all, heldOut) };
  }
  if (resample > 0) return resampled(data, all, resample, load);
  const others = await load(test, { groups: groupsOfTest(data) });
  return { train: all, test: alignRecordings(others, all, 'test') };
}

/** Training and test files pooled and drawn anew. Recordings without ids count on from the training to the test files. */
async function resampled(
  data: Config['data'],
  trained: Recordings,
  resample: number,
  load: Load,
): Promise<{ train: Recordings; test: Recordings }> {
  const files = [...[data.train].flat(), ...testFiles(data)];
  const loaded = await load(files, { groups: groupsOfTest(data) });
  const pooled = alignRecordings(loaded, trained, 'test');
  const { train, heldOut } = stratifiedResample(pooled, count(trained), resample);
  return { train: selectRecordings(pooled, train), test: selectRecordings(pooled, heldOut) };
}

/** How groups of test files are read: they need none, unless training recordings that come from them are split by groups. */
export function groupsOfTest({ resample = 0, validation }: Config['data']): 'read' | 'optional' {
  const byGroups = typeof validation === 'object' && 'groups' in validation && validation.groups !== false;
  return resample > 0 && byGroups ? 'read' : 'optional';
}

/** The parts beside the training part that a config takes as the data assign them. */
export function namedSplits({ test, validation }: Config['data']): string[] {
  return [test, validation].flatMap((how) => (typeof how === 'object' && 'split' in how ? [how.split] : []));
}

function isHeldOut(test: NonNullable<Config['data']['test']>): test is HoldOut {
  return typeof test === 'object' && !Array.isArray(test);
}

/** Recordings to train on and those that are held out, each whole on one side, before windows are cut. */
function split(
  recordings: Recordings,
  how: HoldOut,
  part: HeldOutPart,
  { windows, maxLength, timestamps: { gap } }: Config['data'],
  seed: number,
): Sides {
  if (windows === 'none' || recordings.stepLabels === undefined) return holdOut(recordings, how, part, seed);
  const plan = planWindows(truncateRecordings(recordings, maxLength).recordings, windows, { gap });
  return holdOutByWindows(recordings, plan, how, part, seed);
}
