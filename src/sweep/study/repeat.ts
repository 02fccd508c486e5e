// The replicates of a cell: its config with each seed, and with what else counts along with the seeds.
import type { Config } from '../../train/configSchema.js';
import { testFiles } from '../../train/dataFiles.js';

/** Keys that can count 0, 1, 2, … with the seeds of a study, so that all cells share the resample, fold or group of a replicate. */
export const repeatKeys = ['data.resample', 'data.test.fold', 'data.test.leaveGroupOut'] as const;

export type RepeatKey = (typeof repeatKeys)[number];

/**
 * The config of a cell's replicate.
 * @param position of its seed among the seeds of the study, from 0
 */
export function replicateConfig(
  { data, ...config }: Config,
  repeat: RepeatKey | null,
  seed: number,
  position: number,
): Config {
  return { ...config, seed, data: repeat === null ? data : { ...data, ...repeated(data, repeat, position) } };
}

function repeated(
  { test }: Config['data'],
  repeat: RepeatKey,
  position: number,
): Pick<Config['data'], 'resample' | 'test'> {
  switch (repeat) {
    case 'data.resample':
      return { resample: position };
    case 'data.test.fold':
      return typeof test === 'object' && 'fold' in test ? { test: { ...test, fold: position } } : {};
    case 'data.test.leaveGroupOut':
      return { test: { leaveGroupOut: position } };
  }
}

/** Why a cell cannot be replicated so many times by a key, as a sentence without its stop; null where it can. */
export function repeatProblem({ data }: Config, repeat: RepeatKey, replicates: number): string | null {
  const { test } = data;
  const isMapping = typeof test === 'object' && !Array.isArray(test);
  switch (repeat) {
    case 'data.resample':
      return testFiles(data).length > 0 ? null : 'data.test names no files, which resamples are drawn from';
    case 'data.test.fold':
      if (!isMapping || !('fold' in test)) return 'data.test has no folds, as { fold: 0, of: 5 }';
      return replicates <= test.of
        ? null
        : `there are ${test.of} folds, fewer than the ${replicates} seeds; set seeds to ${test.of}`;
    case 'data.test.leaveGroupOut':
      return isMapping && 'leaveGroupOut' in test
        ? null
        : 'data.test leaves no group out, as { leaveGroupOut: 0 }';
  }
}
