// What a sweep draws, on streams that keep what is written to them.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { resolveConfig } from '../train/index.js';
import { startSweepDisplay } from './sweepDisplay.js';
import type { SweepProgress, TrialRow } from './sweepProgress.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const config = resolveConfig({ name: 'a', data: { train: 'a.csv' }, model: { name: 'fcn' } });
const row = (id: string, state: string): TrialRow => {
  const cell = { id, method: id, levels: {}, settings: {}, dataset: null, role: 'grid' as const };
  return { trial: { cell, seed: 1, directory: id, config }, state };
};

function streamOf(terminal: { columns: number; rows: number } | null) {
  let written = '';
  const stream = { isTTY: terminal !== null, ...terminal, write: (text: string) => (written += text) };
  return { stream: stream as unknown as NodeJS.WriteStream, written: () => written };
}

function progressOf(running: TrialRow[], summary: () => string): SweepProgress {
  const ended = [row('ratio=2', 'finished in 4 s')];
  return { hear: () => undefined, summary, running: () => running, ended: () => ended };
}

/** What a terminal shows after all that was written: `ESC[nA` goes up n lines, `ESC[J` erases from there. */
function screen(text: string): string[] {
  const lines: string[] = [];
  for (const part of text.split(/(\x1b\[\d+A\x1b\[J)/)) {
    const up = /\x1b\[(\d+)A/.exec(part)?.[1];
    if (up !== undefined) lines.splice(lines.length - Number(up));
    else lines.push(...part.split('\n').slice(0, -1));
  }
  return lines;
}

it('is a table that replaces itself, fits the terminal, and lets warnings stand above it', () => {
  const { stream, written } = streamOf({ columns: 40, rows: 7 });
  const running = Array.from({ length: 5 }, (_, i) =>
    row(`ratio=${4 << i}`, 'epoch 3 of 50, loss 0.1, accuracy 0.9'),
  );
  let summary = '1 of 9 trials finished, 5 running';
  const display = startSweepDisplay({ progress: progressOf(running, () => summary), quiet: false, stream });
  const table = [
    '  ratio=2  seed 1   finished in 4 s',
    '  ratio=4  seed 1   epoch 3 of 50, los…',
    '  ratio=8  seed 1   epoch 3 of 50, los…',
    '  and 3 more',
  ];
  expect(screen(written())).toEqual([...table, 'Study: 1 of 9 trials finished, 5 runni…']);
  display.aside(() => stream.write('Warning: ratio=4 is tried again.\n'));
  summary = '2 of 9 trials finished';
  vi.advanceTimersByTime(1000);
  display.stop();
  expect(screen(written())).toEqual([
    'Warning: ratio=4 is tried again.',
    ...table,
    'Study: 2 of 9 trials finished',
  ]);
  vi.advanceTimersByTime(5000);
  expect(screen(written())).toHaveLength(6);
});

it('is lines without a terminal: as often as every five seconds, and none twice', () => {
  const { stream, written } = streamOf(null);
  let finished = 1;
  const progress = progressOf([], () => `${finished} of 9 trials finished`);
  const display = startSweepDisplay({ progress, quiet: false, stream });
  for (let second = 0; second < 12; second++) {
    vi.advanceTimersByTime(1000);
    if (second === 6) finished = 2;
    display.update();
  }
  display.stop();
  expect(written()).toBe('1 of 9 trials finished\n2 of 9 trials finished\n');
});

it('is nothing when quiet, but for warnings', () => {
  const { stream, written } = streamOf(null);
  const display = startSweepDisplay({ progress: progressOf([], () => 'all'), quiet: true, stream });
  display.update();
  display.aside(() => stream.write('Warning.\n'));
  display.stop();
  expect(written()).toBe('Warning.\n');
});
