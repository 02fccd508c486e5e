// What commands print: tables that fit 100 columns, numbers people can read, and progress.
import cliProgress from 'cli-progress';

/** The widest line that masq prints. */
export const lineWidth = 100;

export interface TableOptions {
  /** Column headings; left out for a table of names and values. */
  head?: readonly string[];
  /** Columns with numbers, aligned to the right. */
  right?: readonly number[];
}

/** Lays cells out in columns. Where the table would be wider than `lineWidth`, the last column wraps. */
export function formatTable(
  rows: readonly (readonly string[])[],
  { head, right = [] }: TableOptions = {},
): string {
  const all = head === undefined ? rows : [head, ...rows];
  const columns = Math.max(0, ...all.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, c) =>
    Math.max(...all.map((row) => row.at(c)?.length ?? 0)),
  );
  const last = columns - 1;
  const indent = widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0);
  widths[last] = Math.min(widths[last], Math.max(20, lineWidth - indent));
  const lines = all.flatMap((row) => {
    const wrapped = wrap(row.at(last) ?? '', widths[last]);
    return wrapped.map((text, i) =>
      [...row.slice(0, last).map((cell) => (i === 0 ? cell : '')), text]
        .map((cell, c) => (right.includes(c) ? cell.padStart(widths[c]) : cell.padEnd(widths[c])))
        .join('  ')
        .trimEnd(),
    );
  });
  if (head !== undefined) lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '));
  return lines.join('\n');
}

/** `8 s`, `2 min 05 s` or `1 h 04 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours} h ${`${minutes}`.padStart(2, '0')} min`;
  return minutes > 0 ? `${minutes} min ${`${whole % 60}`.padStart(2, '0')} s` : `${whole} s`;
}

export interface ProgressOptions {
  label: string;
  total: number;
  /** Formats `done` and `total`; by default as plain numbers. */
  format?: (value: number) => string;
  /** What was done before this process began, e.g. epochs of a resumed run; left out of the time left. */
  initial?: number;
  stream?: NodeJS.WriteStream;
  quiet?: boolean;
}

export interface Progress {
  /** Tells how much is done, of how much, with a text such as the current losses. */
  update: (done: number, text?: string) => void;
  /** Prints the last state and ends the bar. */
  stop: () => void;
}

/** Without a terminal: the longest time between two lines. */
const secondsBetweenLines = 5;

/** Shows progress with the time left: a bar on a terminal, elsewhere a line every few seconds and at the end. */
export function startProgress(options: ProgressOptions): Progress {
  if (options.quiet === true) return { update: () => undefined, stop: () => undefined };
  return (options.stream ?? process.stderr).isTTY ? startBar(options) : startLines(options);
}

function startBar(options: ProgressOptions): Progress {
  const { label, total, format = String, initial = 0, stream = process.stderr } = options;
  const estimate = timeLeft(total, initial);
  const bar = new cliProgress.SingleBar({
    stream,
    hideCursor: true,
    linewrap: false,
    barsize: 24,
    format: `${label} {bar} {amount}{left}{text}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  });
  const payload = (done: number, text: string) => ({
    amount: `${format(done)} of ${format(total)}`,
    left: estimate(done),
    text: text === '' ? '' : `  ${text}`,
  });
  bar.start(total, initial, payload(initial, ''));
  return {
    update: (done, text = '') => {
      bar.update(done, payload(done, text));
    },
    stop: () => {
      bar.stop();
    },
  };
}

function startLines(options: ProgressOptions): Progress {
  const { label, total, format = String, initial = 0, stream = process.stderr } = options;
  const estimate = timeLeft(total, initial);
  let printedAt = performance.now();
  let pending: string | undefined;
  const print = (): void => {
    if (pending !== undefined) stream.write(`${pending}\n`);
    pending = undefined;
    printedAt = performance.now();
  };
  return {
    update: (done, text = '') => {
      pending = `${label} ${format(done)} of ${format(total)}${estimate(done)}${text === '' ? '' : `  ${text}`}`;
      if (performance.now() - printedAt > secondsBetweenLines * 1000) print();
    },
    stop: print,
  };
}

/** `, 12 s left` at the mean speed so far; empty at the beginning and the end. */
function timeLeft(total: number, initial: number): (done: number) => string {
  const startedAt = performance.now();
  return (done) => {
    const seconds = (performance.now() - startedAt) / 1000;
    if (done <= initial || done >= total || seconds < 1) return '';
    return `, ${formatSeconds((seconds / (done - initial)) * (total - done))} left`;
  };
}

/** Breaks a text at spaces into lines of at most `width`; a longer word stays whole. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
