// Shows how a study goes on: a table that is drawn again and again on a terminal, elsewhere lines as it changes.
import type { SweepProgress, TrialRow } from './sweepProgress.js';

export interface SweepDisplay {
  /** Something has changed. */
  readonly update: () => void;
  /** Lets something else be written meanwhile. */
  readonly aside: (write: () => void) => void;
  /** Shows the last state, and no more. */
  readonly stop: () => void;
}

export interface SweepDisplayOptions {
  readonly progress: SweepProgress;
  readonly quiet: boolean;
  /** Default: standard error. */
  readonly stream?: NodeJS.WriteStream;
}

/** The longest time between two drawings, and between two lines without a terminal. */
const secondsBetweenDrawings = 0.5;
const secondsBetweenLines = 5;

export function startSweepDisplay({
  progress,
  quiet,
  stream = process.stderr,
}: SweepDisplayOptions): SweepDisplay {
  if (quiet) {
    return {
      update: () => undefined,
      aside: (write) => {
        write();
      },
      stop: () => undefined,
    };
  }
  return stream.isTTY ? startTable(progress, stream) : startLines(progress, stream);
}

function startTable(progress: SweepProgress, stream: NodeJS.WriteStream): SweepDisplay {
  let drawn = 0;
  // Up to the first line of the table, and everything after it is gone.
  const erase = (): string => (drawn === 0 ? '' : `\x1b[${drawn}A\x1b[J`);
  const draw = (): void => {
    const lines = tableLines(progress, stream);
    stream.write(`${erase()}${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  const timer = setInterval(draw, 1000 * secondsBetweenDrawings);
  timer.unref();
  draw();
  return {
    update: () => undefined,
    aside: (write) => {
      stream.write(erase());
      drawn = 0;
      write();
      draw();
    },
    stop: () => {
      clearInterval(timer);
      draw();
    },
  };
}

/** No longer than the terminal, and each line no wider, as a line that wraps would be two. */
function tableLines(progress: SweepProgress, stream: NodeJS.WriteStream): string[] {
  // Some terminals do not know.
  const [columns, rows] = [stream.columns || 80, stream.rows || 24];
  const ended = progress.ended();
  const running = progress.running();
  const room = Math.max(1, rows - 3 - ended.length);
  const shown = running.length > room ? running.slice(0, room - 1) : running;
  const all = [...ended, ...shown];
  const width = Math.max(0, ...all.map(({ trial }) => trial.cell.id.length));
  const line = ({ trial: { cell, seed }, state }: TrialRow): string =>
    `  ${cell.id.padEnd(width)}  seed ${String(seed).padEnd(3)} ${state.replaceAll('\n', ' ')}`;
  const more = running.length - shown.length;
  return [...all.map(line), ...(more > 0 ? [`  and ${more} more`] : []), `Study: ${progress.summary()}`].map(
    (text) => (text.length < columns ? text : `${text.slice(0, columns - 2)}…`),
  );
}

function startLines(progress: SweepProgress, stream: NodeJS.WriteStream): SweepDisplay {
  let printed = '';
  let printedAt = performance.now();
  const print = (): void => {
    printedAt = performance.now();
    const line = progress.summary();
    if (line === printed) return;
    stream.write(`${line}\n`);
    printed = line;
  };
  return {
    update: () => {
      if (performance.now() - printedAt > 1000 * secondsBetweenLines) print();
    },
    aside: (write) => {
      write();
    },
    stop: print,
  };
}
