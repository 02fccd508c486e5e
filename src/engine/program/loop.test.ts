// Entries that run several times in one call, and data that stay in the program.
import tf from '#tfjs';
import { beforeAll, expect, test } from 'vitest';
import { compile, loadEngine } from '../index.js';

beforeAll(() => loadEngine());

/** w ← 2w + x, v ← v + w (as it was before); gives the old w and their sum. */
function recurrence(repeat?: number) {
  const [w, v] = [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.scalar(0))];
  const run = ({ x }: Record<string, tf.Tensor>): tf.NamedTensorMap => {
    const before = tf.clone(w);
    v.assign(tf.add(v, tf.sum(w)));
    w.assign(tf.add(tf.mul(w, 2), x));
    return { before, total: tf.clone(v) };
  };
  const inputs = { x: { shape: [2], dtype: 'float32' } } as const;
  return compile({ state: [w, v], entries: { step: { inputs, run, ...(repeat && { repeat }) } } });
}

test('one call of three times does what three calls do, and results come stacked', () => {
  const program = recurrence(4);
  const x = tf.tensor2d([
    [1, 0],
    [0, 1],
    [1, 1],
    [9, 9],
  ]);
  const { before, total } = program.run('step', { x }, 3);
  expect(before.arraySync()).toEqual([
    [1, 2],
    [3, 4],
    [6, 9],
    [0, 0],
  ]);
  expect(total.arraySync()).toEqual([3, 10, 25, 0]);
  const last = program.run('step', { x }, 1);
  expect(last.before.arraySync()).toEqual([
    [13, 19],
    [0, 0],
    [0, 0],
    [0, 0],
  ]);
  program.dispose();
});

test('more times than an entry repeats are refused', () => {
  const program = recurrence(2);
  expect(() => program.run('step', { x: tf.zeros([2, 2]) }, 3)).toThrow(
    'Entry "step" cannot run 3 times, expected 1 to 2.',
  );
  program.dispose();
  const single = recurrence();
  expect(() => single.run('step', { x: tf.zeros([2]) }, 2)).toThrow('expected 1 to 1');
  single.dispose();
});

test('data are read from the program, whatever becomes of the variable; the state is without them', () => {
  const w = tf.variable(tf.scalar(0));
  const table = tf.variable(tf.tensor2d([10, 20, 30], [3, 1]), false);
  const labels = tf.variable(tf.tensor1d([7, 8, 9], 'int32'), false);
  const program = compile({
    state: [w],
    data: [table, labels],
    entries: {
      pick: {
        inputs: { rows: { shape: [2], dtype: 'int32' } },
        run: ({ rows }) => {
          w.assign(tf.add(w, tf.sum(tf.gather(table, rows as tf.Tensor1D))));
          return { labels: tf.gather(labels, rows) };
        },
        repeat: 2,
      },
    },
  });
  const [tableName, labelsName] = [table.name, labels.name];
  table.dispose();
  labels.dispose();
  const rows = tf.tensor2d(
    [
      [0, 2],
      [1, 1],
    ],
    [2, 2],
    'int32',
  );
  expect(program.run('pick', { rows }).labels.arraySync()).toEqual([
    [7, 9],
    [8, 8],
  ]);
  const state = program.readState();
  expect(state[w.name].arraySync()).toBe(80);
  expect(state).not.toHaveProperty([tableName]);
  expect(state).not.toHaveProperty([labelsName]);
  program.dispose();
});

test('an entry that assigns data is refused', () => {
  const table = tf.variable(tf.zeros([2]), false);
  const run = ({ x }: Record<string, tf.Tensor>): tf.NamedTensorMap => {
    table.assign(x);
    return { x };
  };
  const entries = { spoil: { inputs: { x: { shape: [2], dtype: 'float32' } }, run } } as const;
  expect(() => compile({ state: [], data: [table], entries })).toThrow('which is data and only read');
});
