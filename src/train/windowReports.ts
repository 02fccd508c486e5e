// What is told of windows: what was left out, and how they make the prediction of a recording.
import type { WindowCounts } from '../data/index.js';
import { counted } from '../shared/counted.js';
import type { Config } from './config.js';
import type { SetWindows } from './finishSets.js';
import type { Aggregate } from './recordingPredictions.js';

/** How the windows of a recording make its prediction. */
export function aggregateOf({ data: { windows } }: Config): Aggregate | undefined {
  return windows === 'none' ? undefined : windows.aggregate;
}

/** What windows leave out of each set, in sentences. */
export function leftOutOfSets(windows: SetWindows | null): string[] {
  return Object.entries(windows ?? {}).flatMap(([set, counts]: [string, WindowCounts | null]) => {
    const leftOut = counts === null ? null : describeLeftOut(counts);
    return leftOut === null ? [] : [`Windows of the ${set} data. ${leftOut}`];
  });
}

/** What windows leave out of a set, as a sentence; null where nothing is. */
export function describeLeftOut(counts: WindowCounts): string | null {
  const { recordings, withoutWindow, unlabelled, impure, stepsLeftOut, steps } = counts;
  const parts = [
    ...(unlabelled === 0 ? [] : [`${counted(unlabelled, 'window')} without a class`]),
    ...(impure === 0 ? [] : [`${counted(impure, 'window')} below data.windows.minPurity`]),
    ...(withoutWindow === 0
      ? []
      : [`${withoutWindow.toLocaleString('en')} of ${counted(recordings, 'recording')} whole`]),
  ];
  if (stepsLeftOut === 0 && parts.length === 0) return null;
  const share = `${stepsLeftOut.toLocaleString('en')} of ${counted(steps, 'step')} are in no window`;
  return parts.length === 0 ? `${share}.` : `Left out: ${parts.join(', ')}; ${share}.`;
}
