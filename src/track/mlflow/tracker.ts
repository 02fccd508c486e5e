// A run in MLflow. Everything that it tells is written to an outbox in the run directory; a thread of its own sends it from
// there, and `masq mlflow sync` what that could not.
import { basename, join, resolve } from 'node:path';
import { messageOf } from '../../shared/errors.js';
import type { TrackedRun, Tracker } from '../tracker.js';
import { beginning } from './beginning.js';
import { isSent, mlflowFolder, openIdentity, readIdentity, studyOf } from './folder.js';
import { metricValue, withKeys } from './names.js';
import { openOutbox, readOutbox, type OutboxLine, type PlacedLine } from './outbox.js';
import { startSender } from './senderThread.js';
import { systemMetrics } from './systemMetrics.js';
import { targetOf, type MlflowOptions, type Target } from './target.js';

const statuses = { finished: 'FINISHED', failed: 'FAILED' } as const;

/**
 * Where the run of a directory is told to.
 *
 * @param name of the run
 * @throws UserError when nothing names a server
 */
export async function runTarget(directory: string, options: MlflowOptions, name: string): Promise<Target> {
  const study = studyOf(directory);
  return targetOf(options, study === null ? null : await readIdentity(mlflowFolder(study)), name);
}

/** Tells a run to MLflow. What goes wrong is a warning, and training goes on. */
export async function mlflowTracker(run: TrackedRun, options: MlflowOptions): Promise<Tracker> {
  try {
    return await openTracker(run, options);
  } catch (error) {
    run.onWarning(`MLflow is told nothing of this run: ${messageOf(error)}. Training goes on.`);
    return { epoch: nothing, end: nothing, close: nothing };
  }
}

const nothing = (): Promise<void> => Promise.resolve();

async function openTracker(
  { path, name, parameters, onWarning }: TrackedRun,
  options: MlflowOptions,
): Promise<Tracker> {
  const folder = mlflowFolder(path);
  const identity = await openIdentity(folder, {
    ...(await runTarget(path, options, name)),
    ...{ kind: 'run', name: runName(path) },
  });
  const { lines, end } = await readOutbox(folder.outbox);
  const outbox = openOutbox(folder.outbox, end, (reason) => {
    onWarning(`What MLflow is to be told cannot be written: ${reason}. Training goes on; it is tried again.`);
  });
  const told = alreadyTold(lines);
  const readSystem = systemMetrics();
  await outbox.append(
    told.isBegun
      ? [{ type: 'status', status: 'RUNNING', time: Date.now() }]
      : await beginning(path, parameters),
  );
  const server = `MLflow at ${identity.uri}`;
  const sender = startSender(
    path,
    (reason) => {
      onWarning(`${server}: ${reason}. Training goes on; what is not sent is kept, and tried again.`);
    },
    (what) => {
      onWarning(`${server} does not take ${what}.`);
    },
  );
  const tell = async (lines: readonly OutboxLine[]): Promise<void> => {
    await outbox.append(lines);
    sender.told();
  };
  let status: 'FINISHED' | 'FAILED' | 'KILLED' = 'KILLED';
  return {
    epoch: async ({ epoch, scalars }) => {
      // Epochs that a resumed run trains again come out the same, and must not be there twice.
      if (epoch <= told.epochs) return;
      const values = withKeys({ ...scalars, ...readSystem() }, metricValue);
      await tell([{ type: 'metrics', of: 'epoch', time: Date.now(), step: epoch, values }]);
      told.epochs = epoch;
    },
    end: async (end) => {
      status = statuses[end.status];
      if (told.isTested || Object.keys(end.scalars).length === 0) return;
      const values = withKeys(end.scalars, metricValue);
      await tell([{ type: 'metrics', of: 'test', time: Date.now(), step: told.epochs, values }]);
      told.isTested = true;
    },
    close: async () => {
      await outbox.append([{ type: 'status', status, time: Date.now() }]);
      await sender.end().catch(() => undefined);
      if (!(await isSent(folder).catch(() => false))) {
        onWarning(`${server} does not have everything of this run yet. To send it: masq mlflow sync ${path}`);
      }
    },
  };
}

/** The id of a run, and for a trial of a study its cell before it. */
function runName(path: string): string {
  const directory = resolve(path);
  if (studyOf(directory) === null) return basename(directory);
  return `${basename(join(directory, '..'))}/${basename(directory)}`;
}

function alreadyTold(lines: readonly PlacedLine[]): { isBegun: boolean; isTested: boolean; epochs: number } {
  const metrics = lines.map(({ line }) => line).filter((line) => line.type === 'metrics');
  return {
    isBegun: lines.some(({ line }) => line.type === 'tags'),
    isTested: metrics.some((line) => line.of === 'test'),
    epochs: Math.max(0, ...metrics.map(({ step }) => step)),
  };
}
