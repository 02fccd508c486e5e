// Progress of packing, where it takes a while.
import { formatBytes, startProgress, type Progress } from './output.js';

/** Packing that takes less is not shown, in milliseconds. */
const QUICK = 2000;

/** A bar with the time that is left, once packing takes more than two seconds. */
export function showPacking(quiet: boolean): {
  update: (done: number, total: number) => void;
  stop: () => void;
} {
  let began: number | undefined;
  let bar: Progress | undefined;
  return {
    update: (done, total) => {
      began ??= performance.now();
      if (performance.now() - began < QUICK) return;
      bar ??= startProgress({ label: 'Packing', total, format: formatBytes, quiet });
      bar.update(done);
    },
    stop: () => {
      bar?.stop();
      [began, bar] = [undefined, undefined];
    },
  };
}
