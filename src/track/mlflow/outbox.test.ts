// Outboxes that a kill or a full disk has cut.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openOutbox, readOutbox, type OutboxLine } from './outbox.js';

const folder = mkdtempSync(join(tmpdir(), 'masq-outbox-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const epoch = (step: number): OutboxLine => ({
  ...{ type: 'metrics', of: 'epoch', time: 1_700_000_000_000, step },
  values: { 'train/loss': 0.5, 'validation/loss': 'NaN' },
});

it('goes on after the last whole line', async () => {
  const path = join(folder, 'mlflow', 'outbox.jsonl');
  expect(await readOutbox(path)).toEqual({ lines: [], end: 0 });
  await openOutbox(path, 0, expect.unreachable).append([epoch(1), epoch(2)]);
  const whole = readFileSync(path).length;
  appendFileSync(path, `${JSON.stringify(epoch(3)).slice(0, -5)}, and more than a line has`);
  const { lines, end } = await readOutbox(path);
  expect([lines.map(({ line }) => line), end]).toEqual([[epoch(1), epoch(2)], whole]);
  await openOutbox(path, end, expect.unreachable).append([epoch(3)]);
  const again = await readOutbox(path, lines[0].end);
  expect(again.lines.map(({ line }) => line)).toEqual([epoch(2), epoch(3)]);
});

it('leaves out a line that is damaged', async () => {
  const path = join(folder, 'damaged.jsonl');
  const text = [epoch(1), { ...epoch(2), time: 1.5 }, epoch(3)].map((line) => `${JSON.stringify(line)}\n`);
  writeFileSync(path, `${text.join('')}{"type":\n`);
  const { lines, end } = await readOutbox(path);
  expect(lines.map(({ line }) => line)).toEqual([epoch(1), epoch(3)]);
  expect(end).toBe(readFileSync(path).length);
});
