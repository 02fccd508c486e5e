// A study in MLflow: a run that is the parent of those of its trials. A trial finds it by the folder that it lies in,
// `<study>/trials/<cell>/<seed>`, and needs to be told nothing.
import { messageOf } from '../../shared/errors.js';
import type { FlatParameters } from '../flatten.js';
import { mlflowOptions, type TrackerChoice } from '../tracker.js';
import { beginning } from './beginning.js';
import { deliver, findTracked } from './deliver.js';
import { mlflowFolder, openIdentity, readIdentity } from './folder.js';
import { addToOutbox, readOutbox } from './outbox.js';
import { targetOf } from './target.js';

/** Milliseconds in which a study that has ended sends what its trials could not. */
const patience = 10_000;

export interface StudyRun {
  /** Of the study; also that of the experiment where neither config nor environment name one. */
  readonly name: string;
  /** As the config of the trials has it; without mlflow in it, nothing is done. */
  readonly track: readonly TrackerChoice[];
  /** What tells this study from others. */
  readonly parameters: FlatParameters;
  readonly onWarning: (warning: string) => void;
}

/**
 * Tells MLflow of a study that begins or goes on, before its first trial is started. A server that is away is a warning: the run
 * is made later, by {@link closeStudyRun} or `masq mlflow sync`, and trials are joined to it then.
 *
 * @param directory of the study
 * @throws UserError when `track` has mlflow and nothing names a server
 */
export async function openStudyRun(
  directory: string,
  { name, track, parameters, onWarning }: StudyRun,
): Promise<void> {
  const options = mlflowOptions(track);
  if (options === null) return;
  const target = targetOf(options, null, name);
  await orWarning(onWarning, async () => {
    const folder = mlflowFolder(directory);
    await openIdentity(folder, { ...target, kind: 'study', name });
    const { lines } = await readOutbox(folder.outbox);
    const isBegun = lines.some(({ line }) => line.type === 'tags');
    await addToOutbox(
      folder.outbox,
      isBegun
        ? [{ type: 'status', status: 'RUNNING', time: Date.now() }]
        : await beginning(directory, parameters),
    );
    await deliver(directory);
  });
}

/**
 * Tells MLflow that a study has ended, with its report, and sends for a few seconds what trials could not. Does nothing for a study that MLflow
 * was not told of.
 *
 * @param directory of the study, with report.html, report.json and report.csv where they are written
 * @param status `interrupted`: it may go on
 */
export async function closeStudyRun(
  directory: string,
  status: 'finished' | 'failed' | 'interrupted',
  onWarning: (warning: string) => void,
): Promise<void> {
  await orWarning(
    onWarning,
    async () => {
      const folder = mlflowFolder(directory);
      const identity = await readIdentity(folder);
      if (identity === null) return;
      const end = { type: 'status', status: statuses[status], time: Date.now() } as const;
      await addToOutbox(folder.outbox, [end]);
      const until = Date.now() + patience;
      let failure: unknown = null;
      for (const path of await findTracked([directory])) {
        if (Date.now() > until) throw (failure ?? new Error('there was no time for all of it')) as Error;
        try {
          await deliver(path, {
            // Trials go where their study is now, which may have another address than when they began.
            uri: identity.uri,
            onRefused: (what) => {
              onWarning(`MLflow does not take ${what}.`);
            },
          });
        } catch (error) {
          failure ??= error;
        }
      }
      if (failure !== null) throw failure as Error;
    },
    `To send what is left: masq mlflow sync ${directory}`,
  );
}

const statuses = { finished: 'FINISHED', failed: 'FAILED', interrupted: 'KILLED' } as const;

async function orWarning(
  onWarning: (warning: string) => void,
  attempt: () => Promise<void>,
  advice = 'It is told later.',
): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    onWarning(`MLflow does not have this study yet: ${messageOf(error)}. ${advice}`);
  }
}
