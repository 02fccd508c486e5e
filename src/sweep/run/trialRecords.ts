// What has become of trials, as their run directories and the records beside them tell.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../../shared/errors.js';
import { runDirectory, writeJson } from '../../track/index.js';
import type { Trial, TrialRecord } from '../study/study.js';

type Recorded = Pick<Trial, 'directory'>;

export function isFinished(trial: Recorded): boolean {
  return existsSync(runDirectory(trial.directory).result);
}

/** The record of a trial that failed or was ended; null where there is none. */
export async function readTrialRecord(trial: Recorded): Promise<TrialRecord | null> {
  try {
    return JSON.parse(await readFile(recordPath(trial), 'utf8')) as TrialRecord;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
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
