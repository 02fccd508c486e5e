// The trackers that a config names, loaded when it names them.
import type { TrackedRun, Tracker, TrackerName } from './tracker.js';

const open: Readonly<Record<TrackerName, (run: TrackedRun) => Promise<Tracker>>> = {
  tensorboard: async (run) => (await import('./tensorboard/tracker.js')).tensorboardTracker(run),
};

/** Opens trackers and makes one of them all. */
export async function openTrackers(names: readonly TrackerName[], run: TrackedRun): Promise<Tracker> {
  const trackers: Tracker[] = [];
  for (const name of names) trackers.push(await open[name](run));
  return {
    epoch: async (epoch) => {
      for (const tracker of trackers) await tracker.epoch(epoch);
    },
    end: async (end) => {
      for (const tracker of trackers) await tracker.end(end);
    },
  };
}
