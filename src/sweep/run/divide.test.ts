// How processors and cards are divided among trials.
import { expect, it } from 'vitest';
import { divide, type Begun, type Wishes } from './divide.js';

const nothing: Wishes = { workers: undefined, threads: undefined, device: undefined };
const eight = { processors: 8, cards: 0 };

it.each<
  [what: string, wishes: Partial<Wishes>, begun: Begun | null, trials: number, divided: [number, number]]
>([
  ['a worker with one thread a processor', {}, null, 100, [8, 1]],
  ['no more workers than trials, and all processors among them', {}, null, 3, [3, 2]],
  ['the threads of fewer workers', { workers: 3 }, null, 100, [3, 2]],
  ['a thread at least', { workers: 20 }, null, 100, [20, 1]],
  ['the workers that threads leave room for', { threads: 3 }, null, 100, [2, 3]],
  ['the threads of trials that were begun', { workers: 2 }, { device: 'cpu', threads: 1 }, 100, [2, 1]],
])('gives %s', (_, wishes, begun, trials, [workers, threads]) => {
  expect(divide({ ...nothing, ...wishes }, begun, eight, trials)).toMatchObject({ workers, threads });
});

it('gives each card a worker, unless the study was begun without, one card is named, or more workers share the cards', () => {
  const machine = { processors: 8, cards: 2 };
  const devices = ['gpu:0', 'gpu:1'];
  expect(divide(nothing, null, machine, 100)).toEqual({ workers: 2, threads: 4, devices, change: false });
  const onCpu = divide(nothing, { device: 'cpu', threads: 1 }, machine, 100);
  expect(onCpu).toEqual({ workers: 8, threads: 1, devices: ['cpu'], change: false });
  const onOne = divide({ ...nothing, device: 'gpu:1' }, null, machine, 100);
  expect(onOne).toMatchObject({ workers: 1, devices: ['gpu:1'], change: true });
  const shared = divide({ ...nothing, workers: 4 }, null, machine, 100);
  expect(shared).toMatchObject({ workers: 4, threads: 2, devices });
  expect(() => divide({ ...nothing, device: 'gpu' }, null, eight, 100)).toThrow('Device gpu cannot be had');
});
