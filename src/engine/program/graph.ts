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
  writePlaceholder,
} from './nodes.js';
import { nodeNames, type Frame } from './frame.js';
import { writeLoop } from './loop.js';
import type { RecordedConstant, Recording, Source } from './recorder.js';

/** Variables of a program. */
export interface Variables {
  /** What entries read and assign. */
  readonly state: readonly AbstractTensor[];
  /** What entries only read; they are numbered on from the state. */
  readonly data: readonly AbstractTensor[];
}

/** What one entry does, and how often in one run. */
export interface RecordedEntry {
  readonly recording: Recording;
  /** Times at most; null: once, without a loop. */
  readonly repeat: number | null;
}

/** @returns a serialized `SavedModel` with the tag `serve` */
export function savedModel(
  entries: readonly RecordedEntry[],
  { state, data }: Variables,
  binding: Binding,
): Uint8Array {
  const graph = new PbfWriter();
  const variables = [...state, ...data];
  writeVariables(graph, variables);
  writeInitialized(graph, nodeNames.initialized, [...state.keys()]);
  writeInitialized(
    graph,
    nodeNames.placed,
    Array.from(data, (_, i) => state.length + i),
  );
  for (const [entry, { recording, repeat }] of entries.entries()) {
    writeEntry(graph, { entry, recording, variables, binding, repeat });
  }
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
function writeVariables(graph: PbfWriter, variables: readonly AbstractTensor[]): void {
  for (const [i, { shape, dtype }] of variables.entries()) {
    const type = typeValue(dtype);
    const name = `variable${i}`;
    writeNode(graph, name, 'VarHandleOp', [], {
      dtype: type,
      shape: shapeValue(shape),
      shared_name: stringValue(name),
    });
    writePlaceholder(graph, nodeNames.initialValue(i), { shape, dtype });
    writeNode(graph, `initialize${i}`, 'AssignVariableOp', [name, nodeNames.initialValue(i)], {
      dtype: type,
    });
    writeNode(graph, nodeNames.value(i), 'ReadVariableOp', [name], { dtype: type });
  }
}

/** A number that is there once these variables have been set. */
function writeInitialized(graph: PbfWriter, name: string, variables: readonly number[]): void {
  const done: RecordedConstant = { shape: [], dtype: dataTypes.int32, values: Int32Array.of(1) };
  const after = variables.map((i) => `^initialize${i}`);
  writeConstant(graph, name, done, after);
}

interface EntryGraph {
  readonly entry: number;
  readonly recording: Recording;
  readonly variables: readonly AbstractTensor[];
  readonly binding: Binding;
  readonly repeat: number | null;
}

function writeEntry(graph: PbfWriter, { entry, recording, variables, binding, repeat }: EntryGraph): void {
  const { inputs, nodes, constants, outputs, updates } = recording;
  const prefix = `e${entry}`;
  const frame =
    repeat === null ? writeStraight(graph, entry, inputs) : writeLoop(graph, entry, inputs, repeat);
  const read = new Set<number>();
  const written = new Map<string, string>();
  /** The name of a value; what has no node of its own yet gets one. */
  const nameOf = (source: Source): string => {
    switch (source.kind) {
      case 'input':
        return frame.input(source.index);
      case 'node':
        return `${prefix}/node${source.index}:${source.output}`;
      case 'state': {
        const name = `${prefix}/read${source.index}`;
        if (!read.has(source.index)) {
          const dtype = typeValue(variables[source.index].dtype);
          writeNode(graph, name, 'ReadVariableOp', [frame.handle(source.index), ...frame.after], { dtype });
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
        writeConstant(graph, name, constant, frame.after);
        written.set(key, name);
        return name;
      }
    }
  };
  for (const [i, { operation, attributes, inputs: sources }] of nodes.entries()) {
    const values = Object.fromEntries(
      attributes.map((attribute) => [attribute.name, attributeValue(attribute, binding)]),
    );
    const from = sources.length === 0 ? frame.after : sources.map(nameOf);
    writeNode(graph, `${prefix}/node${i}`, operation, from, values);
  }
  // Every variable is read before any is assigned, also where a new value or a result is nothing but an old one.
  const results = [...updates.values(), ...outputs].map((source) => nameOf(source));
  const assigned: string[] = [];
  for (const [k, i] of [...updates.keys()].entries()) {
    const name = `${prefix}/assign${i}`;
    const before = read.has(i) ? [`^${prefix}/read${i}`] : [];
    writeNode(graph, name, 'AssignVariableOp', [frame.handle(i), results[k], ...before], {
      dtype: typeValue(variables[i].dtype),
    });
    assigned.push(`^${name}`);
  }
  frame.finish(
    outputs.map((source, i) => ({
      name: results[updates.size + i],
      tensor: abstractOf(source, { inputs, nodes, constants, state: variables }),
    })),
    assigned,
  );
}

/** An entry that runs once. */
function writeStraight(graph: PbfWriter, entry: number, inputs: readonly AbstractTensor[]): Frame {
  for (const [i, input] of inputs.entries()) writePlaceholder(graph, nodeNames.input(entry, i), input);
  return {
    after: [],
    input: (index) => nodeNames.input(entry, index),
    handle: (index) => `variable${index}`,
    finish: (outputs, assigned) => {
      for (const [i, { name, tensor }] of outputs.entries()) {
        const T = typeValue(tensor.dtype);
        writeNode(graph, nodeNames.output(entry, i), 'Identity', [name, ...assigned], { T });
      }
    },
  };
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
