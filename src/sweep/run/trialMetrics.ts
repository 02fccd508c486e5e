// The epochs that a trial has behind it, as its `metrics.jsonl` tells.
import { existsSync } from 'node:fs';
import type { EpochRecord } from '../../train/index.js';
import { readJsonLines, runDirectory } from '../../track/index.js';
import type { Trial } from '../study/study.js';

/** The epochs that are over; a line that is half written is left out. */
export async function readMetrics({ directory }: Pick<Trial, 'directory'>): Promise<EpochRecord[]> {
  const { metrics } = runDirectory(directory);
  return existsSync(metrics) ? readJsonLines(metrics, (record) => record as EpochRecord) : [];
}

/** Whether an epoch is over. Its checkpoint may not be written: then the trial repeats it when it goes on, with the same values. */
export async function hasReached(trial: Pick<Trial, 'directory'>, epoch: number): Promise<boolean> {
  return (await readMetrics(trial)).some((record) => record.epoch >= epoch);
}
