// A run in TensorBoard: scalars of every epoch, histograms of gates now and then, hyperparameters and how it ended. The
// step of its events is the epoch.
import { join } from 'node:path';
import type { TrackedEpoch, TrackedRun, Tracker } from '../tracker.js';
import { fileVersionEvent, sessionStartEvent, summaryEvent, type TaggedValue } from './events.js';
import { newEventFile } from './eventFile.js';
import { histogramOf } from './histogram.js';
import { sessionEndValue, sessionStartValue } from './hyperparameters.js';

/** Gates are read once in so many updates at most, which costs one forward pass of a batch. */
export const updatesPerReading = 100;

/**
 * Writes event files to `tensorboard/` in the run directory. A run that goes on has a new file, which tells readers to drop
 * what earlier ones have of epochs that are trained again.
 */
export async function tensorboardTracker({
  path,
  parameters,
  epoch: done,
  onWarning,
}: TrackedRun): Promise<Tracker> {
  const file = await newEventFile(join(path, 'tensorboard'), Date.now(), (reason) => {
    onWarning(
      `TensorBoard's event files cannot be written: ${reason}. Training goes on; what is missing is written as soon as it can be.`,
    );
  });
  let latest = done;
  const started = seconds();
  await file.append([
    fileVersionEvent(started),
    sessionStartEvent({ wallTime: started, step: done + 1 }),
    summaryEvent({ wallTime: started, step: 0 }, [sessionStartValue(parameters, started)]),
  ]);
  return {
    epoch: async (tracked) => {
      latest = tracked.epoch;
      const values = [
        ...scalarValues(tracked.scalars),
        ...(isReadingDue(tracked) ? histogramValues(tracked.gates()) : []),
      ];
      await file.append([summaryEvent({ wallTime: seconds(), step: tracked.epoch }, values)]);
    },
    end: async ({ status, scalars }) => {
      const wallTime = seconds();
      // After the last epoch, so that a run which is killed now and goes on drops it with the epochs to come.
      const time = { wallTime, step: latest + 1 };
      await file.append([summaryEvent(time, [...scalarValues(scalars), sessionEndValue(status, wallTime)])]);
    },
    close: () => Promise.resolve(),
  };
}

/**
 * Whether gates are read at the end of an epoch: the first one, and those in which another {@link updatesPerReading}
 * updates were completed. It depends on the epoch alone, so a run that goes on reads them when an uninterrupted one would.
 */
export function isReadingDue({ epoch, step }: Pick<TrackedEpoch, 'epoch' | 'step'>): boolean {
  const before = step - step / epoch;
  return epoch === 1 || Math.floor(step / updatesPerReading) > Math.floor(before / updatesPerReading);
}

function scalarValues(scalars: Readonly<Record<string, number>>): TaggedValue[] {
  return Object.entries(scalars).map(([tag, scalar]) => ({ tag, scalar }));
}

function histogramValues(gates: Readonly<Record<string, Float32Array>>): TaggedValue[] {
  return Object.entries(gates).flatMap(([name, numbers]) => {
    const histogram = histogramOf(numbers);
    return histogram === null ? [] : [{ tag: `gates/${name}`, histogram }];
  });
}

function seconds(): number {
  return Date.now() / 1000;
}
