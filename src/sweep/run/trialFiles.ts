// What has become of trials, as their run directories and the records beside them tell.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../../shared/errors.js';
import { runDirectory, writeJson } from '../../track/index.js';
import type { EpochRecord } from '../../train/index.js';
import type { Trial, TrialRecord } from '../study/study.js';

type Recorded = Pick<Trial, 'directory'>;

export function isFinished(trial: Recorded): boolean {
  return existsSync(runDirectory(trial.directory).result);
}

/** The epochs of a trial that are over, a half-written one apart. */
export async function readMetrics(trial: Recorded): Promise<EpochRecord[]> {
  const text = await readFile(runDirectory(trial.directory).metrics, 'utf8').catch(ifAbsent(''));
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as EpochRecord);
}

/** The record of a trial that failed or was ended; null where there is none. */
export async function readTrialRecord(trial: Recorded): Promise<TrialRecord | null> {
  const text = await readFile(recordPath(trial), 'utf8').catch(ifAbsent(null));
  return text === null ? null : (JSON.parse(text) as TrialRecord);
}

export async function writeTrialRecord(trial: Recorded, record: TrialRecord): Promise<void> {
  await mkdir(dirname(trial.directory), { recursive: true });
  await writeJson(recordPath(trial), record);
}

export async function removeTrialRecord(trial: Recorded): Promise<void> {
  await rm(recordPath(trial), { force: true });
}

/** As `trialRecord` names it. */
function recordPath({ directory }: Recorded): string {
  return `${directory}.json`;
}

function ifAbsent<Value>(value: Value): (error: unknown) => Value {
  return (error) => {
    if (codeOf(error) === 'ENOENT') return value;
    throw error;
  };
}
