// Progress of packing, where it takes a while.
import type { PackingProgress } from '../data/index.js';
import { formatBytes } from '../shared/formatBytes.js';
import type { CommandContext } from './context.js';
import { startProgress, type Progress } from './output.js';

/** Packing that takes less is not shown, in milliseconds. */
const QUICK = 2000;

/** A bar with the time that is left, once packing takes more than two seconds, and a line where another process is waited for. */
export function showPacking({ quiet, info }: CommandContext): {
  update: (progress: Omit<PackingProgress, 'files'>) => void;
  stop: () => void;
} {
  let began: number | undefined;
  let bar: Progress | undefined;
  let of: number | undefined;
  let before: PackingProgress['pass'] = 1;
  const stop = (): void => {
    bar?.stop();
    [began, bar] = [undefined, undefined];
  };
  return {
    update: ({ done, total, pass, isWaiting }) => {
      if (isWaiting) {
        info('Another process packs the same data: waiting for it.');
        return;
      }
      // Another set, or all of it once more.
      if (total !== of || pass !== before) stop();
      [of, before] = [total, pass];
      began ??= performance.now();
      if (performance.now() - began < QUICK) return;
      if (bar === undefined && pass === 2) {
        info('Steps of the recordings are scattered: reading again, to bring them together.');
      }
      bar ??= startProgress({ label: 'Packing', total, format: formatBytes, quiet });
      bar.update(done);
    },
    stop,
  };
}

/** Hears that data files are being hashed. */
export function showHashing({ info }: CommandContext): () => void {
  return () => {
    info('Reading the data files for their hashes.');
  };
}

/** Does what may pack or hash a set before it does anything else; its progress is shown, and Ctrl-C ends packing. */
export async function whilePacking<Result>(
  context: CommandContext,
  use: (hear: {
    onPacking: (progress: PackingProgress) => void;
    onHashing: () => void;
    signal: AbortSignal;
  }) => Promise<Result>,
): Promise<Result> {
  const { update, stop } = showPacking(context);
  try {
    return await use({ onPacking: update, onHashing: showHashing(context), signal: context.signal });
  } finally {
    stop();
  }
}
