// What an outbox is cut into before it is sent.
import { expect, it } from 'vitest';
import { halves, stepsOf } from './batches.js';
import type { OutboxLine } from './outbox.js';

const metrics = (step: number, count: number): OutboxLine => ({
  ...{ type: 'metrics', of: 'epoch', time: 7, step },
  values: Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${i}`, i])),
});
const status = (name: 'RUNNING' | 'KILLED'): OutboxLine => ({ type: 'status', status: name, time: 9 });
const texts = (type: 'params' | 'tags', count: number): OutboxLine => ({
  type,
  values: Object.fromEntries(Array.from({ length: count }, (_, i) => [`${type}${i}`, 'x'])),
});

/** Lines of ten bytes each. */
const steps = (...lines: OutboxLine[]): unknown[] =>
  stepsOf(
    lines.map((line, i) => ({ line, end: 100 + 10 * (i + 1) })),
    100,
  ).map((step) =>
    'batch' in step
      ? [step.batch.metrics.length, step.batch.params.length, step.batch.tags.length, step.position]
      : [step.status, step.position],
  );

it('fills batches up to the limits, and a position is passed once all before it is sent', () => {
  expect(steps(texts('params', 101), metrics(1, 400), metrics(2, 400), metrics(3, 400))).toEqual([
    [0, 100, 0, 100],
    [999, 1, 0, 130],
    [201, 0, 0, 140],
  ]);
  expect(steps(texts('tags', 100), texts('params', 100), metrics(1, 801))).toEqual([
    [800, 100, 100, 120],
    [1, 0, 0, 130],
  ]);
});

it('tells of several ends the last one only', () => {
  expect(steps(metrics(1, 1), status('KILLED'), status('RUNNING'), metrics(2, 1), status('KILLED'))).toEqual([
    [2, 0, 0, 140],
    ['KILLED', 150],
  ]);
  expect(steps(metrics(1, 1), status('KILLED'), metrics(2, 1))).toEqual([
    [1, 0, 0, 110],
    ['KILLED', 120],
    [1, 0, 0, 130],
  ]);
  expect(steps()).toEqual([]);
});

it('halves a batch until one entry is left', () => {
  const [tag, param] = [{ key: 't', value: 'x' }, { key: 'p', value: 'x' }]; // prettier-ignore
  const metric = { key: 'm', value: 1, timestamp: 7, step: 1 };
  expect(halves({ metrics: [metric], params: [param], tags: [tag] })).toEqual([
    { metrics: [], params: [param], tags: [tag] },
    { metrics: [metric], params: [], tags: [] },
  ]);
  expect(halves({ metrics: [metric], params: [], tags: [] })).toBeNull();
});
