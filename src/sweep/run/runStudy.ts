// Runs the trials of a study that have no result: all at once, or rung by rung where the study has halving.
import type { Compare, Study, Trial } from '../study/study.js';
import { endedCells, rungsOf, trialsToEnd } from './halving.js';
import type { LaunchOptions, Launcher, TrialEvent } from './launcher.js';
import { hasReached } from './trialMetrics.js';
import { isFinished, readTrialRecord, writeTrialRecord } from './trialRecords.js';

/** What is needed of a study to run it. */
export interface RunnableStudy {
  readonly study: Pick<Study, 'halving'> & { readonly compare: Pick<Compare, 'baseline'> };
  readonly trials: readonly Trial[];
}

/** What has become of a study's trials; the others could not run, as the sweep was interrupted. */
export interface StudyEnd {
  readonly finished: readonly Trial[];
  /** Of cells that halving has ended. */
  readonly halved: readonly Trial[];
  readonly failed: readonly { readonly trial: Trial; readonly message: string }[];
}

/**
 * Runs what there is to run. Trials that failed in an earlier sweep are tried again.
 *
 * @throws DiskFullError when there is no room to go on
 */
export async function runStudy(
  { study, trials }: RunnableStudy,
  launcher: Launcher,
  { signal, onEvent }: Omit<LaunchOptions, 'pauseAfter'>,
): Promise<StudyEnd> {
  const { halving } = study;
  const failed = new Map<Trial, string>();
  const hear = (event: TrialEvent): void => {
    if (event.type === 'failed') failed.set(event.trial, event.message);
    onEvent(event);
  };
  const runUntil = async (pauseAfter: number | null): Promise<void> => {
    const ended = await endedCells(trials);
    const toRun: Trial[] = [];
    for (const trial of trials) {
      if (isFinished(trial) || ended.has(trial.cell.id) || failed.has(trial)) continue;
      if (pauseAfter === null || !(await hasReached(trial, pauseAfter))) toRun.push(trial);
    }
    if (toRun.length > 0) await launcher.run(toRun, { signal, pauseAfter, onEvent: hear });
  };

  for (const epoch of halving === null ? [] : rungsOf(halving, trials)) {
    if (halving === null || isAborted(signal)) break;
    await runUntil(epoch);
    if (isAborted(signal)) break;
    for (const { trial, record } of await trialsToEnd({ ...study, halving }, trials, epoch)) {
      if ((await readTrialRecord(trial))?.status === 'halved') continue;
      await writeTrialRecord(trial, record);
      onEvent({ type: 'halved', trial, epoch, value: record.value });
    }
  }
  if (!isAborted(signal)) await runUntil(null);
  return {
    ...(await stateOf(trials)),
    failed: [...failed].map(([trial, message]) => ({ trial, message })),
  };
}

/** The trials that need not run any more. */
export async function stateOf(trials: readonly Trial[]): Promise<Pick<StudyEnd, 'finished' | 'halved'>> {
  const ended = await endedCells(trials);
  const finished = new Set(trials.filter(isFinished));
  return {
    finished: [...finished],
    halved: trials.filter((trial) => ended.has(trial.cell.id) && !finished.has(trial)),
  };
}

/** A function, as the signal may be aborted between one question and the next. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
