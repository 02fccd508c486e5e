// Recordings as one TensorFlow graph, in the form of a saved model (tensorflow/core/protobuf/saved_model.proto). The entries of a program share
// the resource variables that hold its state.
import { PbfWriter } from 'pbf';
import { message } from '../../shared/protobuf.js';
import { dataTypes } from '../tensorflow/register.js';
import type { Binding } from './backend.js';
import type { AbstractTensor } from './operations.js';
import {
  attributeValue,
  bytesOf,
  isUniform,
  shapeValue,
  stringValue,
  typeValue,
  writeConstant,
  writeNode,
} from './nodes.js';
import type { RecordedConstant, Recording, Source } from './recorder.js';

/** Names of nodes in a graph, by what they are for. */
export const nodeNames = {
  input: (entry: number, index: number) => `e${entry}/input${index}`,
  output: (entry: number, index: number) => `e${entry}/output${index}`,
  /** Runs when the state is set: give the values of all variables. */
  initialValue: (variable: number) => `initial${variable}`,
  initialized: 'initialized',
  /** The present value of a variable. */
  value: (variable: number) => `value${variable}`,
} as const;

/** The number of the entry whose node a message names, if any. */
export function entryIn(message: string): number | undefined {
  const number = /\be(\d+)\/(?:input|node|constant|read|assign|output)\d/.exec(message)?.[1];
  return number === undefined ? undefined : Number(number);
}

/**
 * @param state what each variable holds
 * @returns a serialized `SavedModel` with the tag `serve`
 */
export function savedModel(
  recordings: readonly Recording[],
  state: readonly AbstractTensor[],
  binding: Binding,
): Uint8Array {
  const graph = new PbfWriter();
  writeState(graph, state);
  for (const [entry, recording] of recordings.entries()) writeEntry(graph, entry, recording, state, binding);
  // The version of graphs that TensorFlow 2.21 writes.
  message(graph, 4, (versions) => {
    versions.writeVarintField(1, 1395);
  });
  const graphBytes = graph.finish();
  const model = new PbfWriter();
  model.writeVarintField(1, 1);
  message(model, 2, (metaGraph) => {
    message(metaGraph, 1, (information) => {
      information.writeStringField(4, 'serve');
    });
    metaGraph.writeBytesField(2, graphBytes);
  });
  return model.finish();
}

/** Variables, how they are set, and how they are read. */
function writeState(graph: PbfWriter, state: readonly AbstractTensor[]): void {
  for (const [i, { shape, dtype }] of state.entries()) {
    const type = typeValue(dtype);
    writeNode(
      graph,
      `variable${i}`,
      'VarHandleOp',
      [],
      [
        ['dtype', type],
        ['shape', shapeValue(shape)],
        ['shared_name', stringValue(`variable${i}`)],
      ],
    );
    writeNode(
      graph,
      nodeNames.initialValue(i),
      'Placeholder',
      [],
      [
        ['dtype', type],
        ['shape', shapeValue(shape)],
      ],
    );
    writeNode(
      graph,
      `initialize${i}`,
      'AssignVariableOp',
      [`variable${i}`, nodeNames.initialValue(i)],
      [['dtype', type]],
    );
    writeNode(graph, nodeNames.value(i), 'ReadVariableOp', [`variable${i}`], [['dtype', type]]);
  }
  const done: RecordedConstant = { shape: [], dtype: dataTypes.int32, values: Int32Array.of(1) };
  const after = state.map((_, i) => `^initialize${i}`);
  writeConstant(graph, nodeNames.initialized, done, after);
}

function writeEntry(
  graph: PbfWriter,
  entry: number,
  { inputs, nodes, constants, outputs, updates }: Recording,
  state: readonly AbstractTensor[],
  binding: Binding,
): void {
  const prefix = `e${entry}`;
  const read = new Set<number>();
  const written = new Map<string, string>();
  /** The name of a value; what has no node of its own yet gets one. */
  const nameOf = (source: Source): string => {
    switch (source.kind) {
      case 'input':
        return nodeNames.input(entry, source.index);
      case 'node':
        return `${prefix}/node${source.index}:${source.output}`;
      case 'state': {
        const name = `${prefix}/read${source.index}`;
        if (!read.has(source.index)) {
          const type = typeValue(state[source.index].dtype);
          writeNode(graph, name, 'ReadVariableOp', [`variable${source.index}`], [['dtype', type]]);
          read.add(source.index);
        }
        return name;
      }
      case 'constant': {
        const constant = constants[source.index];
        // Kernels are given the same small constants over and over.
        const key = `${constant.dtype}/${constant.shape.join()}/${contentKey(constant, source.index)}`;
        const known = written.get(key);
        if (known !== undefined) return known;
        const name = `${prefix}/constant${source.index}`;
        writeConstant(graph, name, constant, []);
        written.set(key, name);
        return name;
      }
    }
  };
  for (const [i, { shape, dtype }] of inputs.entries()) {
    writeNode(
      graph,
      nodeNames.input(entry, i),
      'Placeholder',
      [],
      [
        ['dtype', typeValue(dtype)],
        ['shape', shapeValue(shape)],
      ],
    );
  }
  for (const [i, { operation, attributes, inputs: sources }] of nodes.entries()) {
    writeNode(
      graph,
      `${prefix}/node${i}`,
      operation,
      sources.map(nameOf),
      attributes.map((attribute) => [attribute.name, attributeValue(attribute, binding)]),
    );
  }
  // Every variable is read before any is assigned, also where a new value or a result is nothing but an old one.
  const results = [...updates.values(), ...outputs].map((source) => nameOf(source));
  const assigned: string[] = [];
  for (const [k, i] of [...updates.keys()].entries()) {
    const name = `${prefix}/assign${i}`;
    const before = read.has(i) ? [`^${prefix}/read${i}`] : [];
    writeNode(
      graph,
      name,
      'AssignVariableOp',
      [`variable${i}`, results[k], ...before],
      [['dtype', typeValue(state[i].dtype)]],
    );
    assigned.push(`^${name}`);
  }
  for (const [i, source] of outputs.entries()) {
    const { dtype } = abstractOf(source, { inputs, nodes, constants, state });
    writeNode(
      graph,
      nodeNames.output(entry, i),
      'Identity',
      [results[updates.size + i], ...assigned],
      [['T', typeValue(dtype)]],
    );
  }
}

function abstractOf(
  source: Source,
  {
    inputs,
    nodes,
    constants,
    state,
  }: Pick<Recording, 'inputs' | 'nodes' | 'constants'> & {
    state: readonly AbstractTensor[];
  },
): AbstractTensor {
  if (source.kind === 'node') return nodes[source.index].outputs[source.output];
  const lists = { input: inputs, constant: constants, state };
  return lists[source.kind][source.index];
}

/** What tells constants of one type and shape apart: their content, or for large ones their place. */
function contentKey({ values }: RecordedConstant, index: number): string {
  if (values.length <= 64) return bytesOf(values).toString('hex');
  return isUniform(values) ? `all ${bytesOf(values.subarray(0, 1)).toString('hex')}` : `number ${index}`;
}
