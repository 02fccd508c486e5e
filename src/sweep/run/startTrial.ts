// Starts the process of a trial, listens to it, and says how it ended.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { environmentForOthers } from '../../shared/node/processEnvironment.js';
import { failureOf, failureOfProcess } from './failure.js';
import type { TrialOutcome } from './runTrial.js';
import type { FromTrial, ToTrial, TrialTask } from './trialMessages.js';

/** What a trial says while it runs. */
export type TrialNews = Exclude<FromTrial, { type: 'outcome' }>;

/**
 * Runs a trial somewhere else than in this process. It resolves once nothing of it runs any more: to what the trial said of its
 * end, or to a failure where it could not say.
 */
export type StartTrial = (
  task: TrialTask,
  options: { readonly signal: AbortSignal; readonly onNews: (news: TrialNews) => void },
) => Promise<TrialOutcome>;

const program = fileURLToPath(new URL('trialProcess.js', import.meta.url));

/** How much of what a process printed is kept for the message of its failure, in characters. */
const lastWordsLength = 2000;

/** @param verbose whether what the processes print is to be seen, rather than kept for the message of a failure */
export function startTrialProcess({ verbose }: { verbose: boolean }): StartTrial {
  return (task, { signal, onNews }) =>
    new Promise((resolve) => {
      const child = fork(program, [], {
        stdio: ['ignore', 'ignore', verbose ? 'inherit' : 'pipe', 'ipc'],
        serialization: 'advanced',
        env: environmentForOthers(),
      });
      let outcome: TrialOutcome | null = null;
      let lastWords = '';
      // A process that did not start, or has ended, hears nothing; that is told by 'error' or 'close'.
      const tell = (message: ToTrial): void => {
        if (child.connected) child.send(message, () => undefined);
      };
      const stop = (): void => {
        tell({ type: 'stop' });
      };
      const end = (reached: TrialOutcome): void => {
        signal.removeEventListener('abort', stop);
        resolve(reached);
      };
      child.on('message', (message) => {
        const said = message as FromTrial;
        if (said.type === 'outcome') outcome = said.outcome;
        else onNews(said);
      });
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        lastWords = (lastWords + text).slice(-lastWordsLength);
      });
      child.once('error', (error) => {
        end({ status: 'failed', ...failureOf(error) });
      });
      child.once('close', (code, killedBy) => {
        end(outcome ?? { status: 'failed', ...failureOfProcess({ code, signal: killedBy }, lastWords) });
      });
      signal.addEventListener('abort', stop);
      tell({ type: 'run', task });
      if (signal.aborted) stop();
    });
}
