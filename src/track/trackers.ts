// The trackers that a config names, loaded when it names them.
import {
  mlflowOptions,
  nameOf,
  type TrackedRun,
  type Tracker,
  type TrackerChoice,
  type TrackerName,
} from './tracker.js';

type Open = (run: TrackedRun, choices: readonly TrackerChoice[]) => Promise<Tracker>;

const open: Readonly<Record<TrackerName, Open>> = {
  tensorboard: async (run) => (await import('./tensorboard/tracker.js')).tensorboardTracker(run),
  mlflow: async (run, choices) =>
    (await import('./mlflow/tracker.js')).mlflowTracker(run, mlflowOptions(choices) ?? {}),
};

/**
 * Checks, before anything is written, that trackers know all they need.
 *
 * @param directory of the run
 * @param name of the run
 * @throws UserError that says what to set
 */
export async function checkTrackers(
  choices: readonly TrackerChoice[],
  directory: string,
  name: string,
): Promise<void> {
  const mlflow = mlflowOptions(choices);
  if (mlflow !== null) await (await import('./mlflow/tracker.js')).runTarget(directory, mlflow, name);
}

/** Opens trackers and makes one of them all. */
export async function openTrackers(choices: readonly TrackerChoice[], run: TrackedRun): Promise<Tracker> {
  const trackers: Tracker[] = [];
  for (const choice of choices) trackers.push(await open[nameOf(choice)](run, choices));
  return {
    epoch: async (epoch) => {
      for (const tracker of trackers) await tracker.epoch(epoch);
    },
    end: async (end) => {
      for (const tracker of trackers) await tracker.end(end);
    },
    close: async () => {
      for (const tracker of trackers) await tracker.close();
    },
  };
}
