// What is written into the graph: the order of reading and assigning variables, and constants to the last bit.
import tf from '#tfjs';
import { PbfReader } from 'pbf';
import { beforeAll, expect, test } from 'vitest';
import { loadEngine } from '../index.js';
import { dataTypeNumber, nodeBackend } from './backend.js';
import { savedModel } from './graph.js';
import { record, type Recordable } from './recorder.js';

beforeAll(() => loadEngine());

interface GraphNode {
  name: string;
  operation: string;
  inputs: string[];
}

/** The nodes of the graph of one recorded function. */
function nodesOf(recordable: Recordable): GraphNode[] {
  const backend = nodeBackend();
  const held = recordable.state.map(({ shape, dtype }) => ({ shape, dtype: dataTypeNumber(dtype) }));
  const model = savedModel(
    [{ recording: record(backend, recordable), repeat: null }],
    { state: held, data: [] },
    backend.binding,
  );
  const [metaGraph] = messagesIn(model, 2);
  const [graph] = messagesIn(metaGraph, 2);
  return messagesIn(graph, 1).map((node) => ({
    name: textsIn(node, 1)[0],
    operation: textsIn(node, 2)[0],
    inputs: textsIn(node, 3),
  }));
}

/** The fields of a message that have a tag, as bytes. */
function messagesIn(message: Uint8Array, wanted: number): Uint8Array[] {
  return new PbfReader(message).readFields<Uint8Array[]>((tag, found, pbf) => {
    if (tag === wanted) found.push(pbf.readBytes());
  }, []);
}

function textsIn(message: Uint8Array, wanted: number): string[] {
  return messagesIn(message, wanted).map((bytes) => Buffer.from(bytes).toString());
}

const x = { shape: [], dtype: 'float32' } as const;

test.each<[string, (w: tf.Variable, v: tf.Variable, x: tf.Tensor) => tf.Tensor[]]>([
  [
    'its old value is a result',
    (w, _, x) => {
      const before = tf.clone(w);
      w.assign(x);
      return [before];
    },
  ],
  [
    'its old value becomes that of another one',
    (w, v, x) => {
      v.assign(w);
      w.assign(x);
      return [x];
    },
  ],
  [
    'two are exchanged',
    (w, v, x) => {
      const before = tf.clone(w);
      w.assign(v);
      v.assign(before);
      return [x];
    },
  ],
  [
    'its new value is computed from the old one',
    (w, _, x) => {
      w.assign(tf.add(w, x));
      return [x];
    },
  ],
])('a variable is read before it is assigned where %s', (_, step) => {
  const state = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2))];
  const nodes = nodesOf({ inputs: [x], state, run: ([given]) => step(state[0], state[1], given) });
  const assignments = nodes.filter(({ name }) => name.startsWith('e0/assign'));
  const reads = nodes.filter(({ name }) => name.startsWith('e0/read'));
  const unordered = reads.filter(({ name, inputs: [variable] }) => {
    const assignment = assignments.find(({ inputs }) => inputs[0] === variable);
    return assignment !== undefined && !assignment.inputs.includes(`^${name}`);
  });
  expect(reads).not.toEqual([]);
  expect(assignments).not.toEqual([]);
  expect(unordered).toEqual([]);
  tf.dispose(state);
});

test('large constants of 0 and of -0 stay two', () => {
  const nodes = nodesOf({
    inputs: [{ shape: [100], dtype: 'float32' }],
    state: [],
    run: ([x]) => [0, -0, 0].map((filling) => tf.div(x, tf.tensor1d(new Float32Array(100).fill(filling)))),
  });
  const divisors = nodes.filter(({ name }) => name.startsWith('e0/node')).map(({ inputs }) => inputs[1]);
  expect(divisors).toEqual([divisors[0], expect.not.stringMatching(divisors[0]), divisors[0]]);
});
