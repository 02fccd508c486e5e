// What has become of trials, as their run directories and the records beside them tell.
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { checkContent } from '../../shared/checkValue.js';
import { readJson, runDirectory, writeJson } from '../../track/index.js';
import type { Trial, TrialRecord } from '../study/study.js';

type Recorded = Pick<Trial, 'directory'>;

const recordSchema: z.ZodType<TrialRecord> = z.discriminatedUnion('status', [
  z.object({ status: z.literal('failed'), message: z.string(), attempts: z.int() }),
  z.object({ status: z.literal('halved'), epoch: z.int(), value: z.number() }),
]);

export function isFinished(trial: Recorded): boolean {
  return existsSync(runDirectory(trial.directory).result);
}

/**
 * The record of a trial that failed or was ended; null where there is none.
 *
 * @throws UserError when it is damaged
 */
export async function readTrialRecord(trial: Recorded): Promise<TrialRecord | null> {
  const file = recordPath(trial);
  return existsSync(file) ? checkContent(recordSchema, await readJson(file), file) : null;
}

export async function writeTrialRecord(trial: Recorded, record: TrialRecord): Promise<void> {
  await mkdir(dirname(trial.directory), { recursive: true });
  await writeJson(recordPath(trial), record);
}

export async function removeTrialRecord(trial: Recorded): Promise<void> {
  await rm(recordPath(trial), { force: true });
}

/** Beside the run directory, so that a run directory holds a run's files alone. */
function recordPath({ directory }: Recorded): string {
  return `${directory}.json`;
}
