// Runs the trials of a study, and shows how they go on and what goes wrong.
import { counted } from '../shared/counted.js';
import {
  runStudy,
  stateOf,
  type Launcher,
  type OpenStudy,
  type StudyEnd,
  type Trial,
  type TrialEvent,
} from '../sweep/run/index.js';
import type { CommandContext } from './context.js';
import { startSweepDisplay, type SweepDisplay } from './sweepDisplay.js';
import { followSweep } from './sweepProgress.js';

/** @throws what `runStudy` throws */
export async function followStudy(
  opened: OpenStudy,
  launcher: Launcher,
  { signal, quiet, info, warn }: CommandContext,
): Promise<StudyEnd> {
  const { study, trials, directory } = opened;
  const before = await stateOf(trials);
  const done = before.finished.length === 0 ? '' : `, of which ${before.finished.length} are finished`;
  const { name, cells, seeds } = study;
  const counts = [
    counted(cells.length, 'cell'),
    counted(seeds.length, 'seed'),
    counted(trials.length, 'trial'),
  ];
  info(`${name}: ${counts.join(', ')}${done}.`);
  info(`Study: ${directory.path}`);
  const progress = followSweep({ trials, before, halving: study.halving !== null });
  const display = startSweepDisplay({ progress, quiet });
  const say = reporter(display, warn);
  try {
    return await runStudy(opened, launcher, {
      signal,
      onEvent: (event) => {
        progress.hear(event);
        say(event);
        display.update();
      },
    });
  } finally {
    display.stop();
  }
}

/** How messages name a trial. */
export function nameOf({ cell, seed }: Trial): string {
  return `${cell.id}, seed ${seed}`;
}

/** Tells what went wrong with trials; what several warn of, once. */
function reporter(display: SweepDisplay, warn: CommandContext['warn']): (event: TrialEvent) => void {
  const told = new Set<string>();
  const tell = (trial: Trial, text: string): void => {
    display.aside(() => {
      warn(`${nameOf(trial)}${text}`);
    });
  };
  return (event) => {
    if (event.type === 'retry') {
      tell(event.trial, `: ${event.message} It is tried again.`);
    } else if (event.type === 'failed') {
      tell(event.trial, ` failed: ${event.message}`);
    } else if (event.type === 'warning' && !told.has(event.message)) {
      told.add(event.message);
      tell(event.trial, `: ${event.message}`);
    }
  };
}
