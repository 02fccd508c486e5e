// An entry that runs several times in one call, as a loop in its graph: TensorFlow's control flow of nodes (Yu et al. 2018,
// "Dynamic control flow in large-scale machine learning"), in which one iteration's assignments come before all that the next
// one does.
import type { PbfWriter } from 'pbf';
import { dataTypes } from '../tensorflow/register.js';
import { nodeNames, type Frame } from './frame.js';
import {
  booleanValue,
  integerValue,
  stringValue,
  typeValue,
  writeConstant,
  writeNode,
  writePlaceholder,
} from './nodes.js';
import type { AbstractTensor } from './operations.js';

/** Number of TensorFlow's data type of handles of variables. */
const resource = 20;

/** A loop while it is written. */
interface Loop {
  readonly graph: PbfWriter;
  readonly prefix: string;
  readonly repeat: number;
  /** The node that has the number of the iteration. */
  readonly iteration: string;
}

/** What goes from iteration to iteration: its value at the beginning of one, and at the end of the last. */
interface Carried {
  readonly value: string;
  readonly last: string;
}

const int32 = typeValue(dataTypes.int32);

/**
 * The frame of a loop. Inputs `[…]` of an iteration are given for all, `[repeat, …]`; so are its outputs, which are 0 for
 * iterations that are not run.
 *
 * @param repeat the most iterations
 */
export function writeLoop(
  graph: PbfWriter,
  entry: number,
  inputs: readonly AbstractTensor[],
  repeat: number,
): Frame {
  const prefix = `e${entry}/loop`;
  const loop = { graph, prefix, repeat, iteration: `${prefix}/iteration` };
  writeCounter(loop, entry);
  const after = [`^${loop.iteration}`];
  writeInputs(loop, entry, inputs);
  const handles = new Set<number>();
  return {
    after,
    input: (index) => `${prefix}/input${index}`,
    handle: (index) => {
      const name = `${prefix}/variable${index}`;
      if (!handles.has(index)) writeEnter(loop, name, `variable${index}`, resource, true);
      handles.add(index);
      return name;
    },
    finish: (outputs, assigned) => {
      const one = writeIntegers(loop, `${prefix}/one`, [1], []);
      // The next iteration begins with its number, once all variables have been assigned.
      const counter = `${prefix}/counter`;
      writeNode(graph, `${counter}/add`, 'AddV2', [loop.iteration, one, ...assigned], { T: int32 });
      writeNext(loop, counter, `${counter}/add`, dataTypes.int32);
      for (const [i, { name, tensor }] of outputs.entries()) {
        const last = writeOutput(loop, i, name, tensor);
        writeNode(graph, nodeNames.output(entry, i), 'Exit', [last], { T: typeValue(tensor.dtype) });
      }
    },
  };
}

function writeEnter({ graph, prefix }: Loop, name: string, from: string, dtype: number, constant: boolean) {
  writeNode(graph, name, 'Enter', [from], {
    T: typeValue(dtype),
    frame_name: stringValue(prefix),
    is_constant: booleanValue(constant),
    parallel_iterations: integerValue(1),
  });
  return name;
}

/** A constant of each iteration. */
function writeIntegers(
  { graph, iteration }: Loop,
  name: string,
  values: readonly number[],
  shape: readonly number[],
): string {
  const constant = { shape, dtype: dataTypes.int32, values: Int32Array.from(values) };
  writeConstant(graph, name, constant, [`^${iteration}`]);
  return name;
}

function writeCarried(loop: Loop, name: string, initial: string, dtype: number): Carried {
  const T = typeValue(dtype);
  const entered = writeEnter(loop, `${name}/enter`, initial, dtype, false);
  writeNode(loop.graph, `${name}/merge`, 'Merge', [entered, `${name}/next`], { T, N: integerValue(2) });
  writeNode(loop.graph, `${name}/switch`, 'Switch', [`${name}/merge`, `${loop.prefix}/condition`], { T });
  return { value: `${name}/switch:1`, last: `${name}/switch:0` };
}

function writeNext({ graph }: Loop, name: string, value: string, dtype: number): void {
  writeNode(graph, `${name}/next`, 'NextIteration', [value], { T: typeValue(dtype) });
}

/** Counts iterations up to the number that is given at each run. */
function writeCounter(loop: Loop, entry: number): void {
  const { graph, prefix, iteration } = loop;
  const counter = `${prefix}/counter`;
  writePlaceholder(graph, nodeNames.times(entry), { shape: [], dtype: dataTypes.int32 });
  const times = writeEnter(loop, `${prefix}/times`, nodeNames.times(entry), dataTypes.int32, true);
  const zero = `${prefix}/zero`;
  writeConstant(graph, zero, { shape: [], dtype: dataTypes.int32, values: Int32Array.of(0) }, []);
  const { value } = writeCarried(loop, counter, zero, dataTypes.int32);
  writeNode(graph, `${prefix}/less`, 'Less', [`${counter}/merge`, times], { T: int32 });
  writeNode(graph, `${prefix}/condition`, 'LoopCond', [`${prefix}/less`], {});
  writeNode(graph, iteration, 'Identity', [value], { T: int32 });
}

/**
 * What an iteration takes of each input. It is cut out, not gathered: on graphics cards TensorFlow cuts int32 on the host, where the
 * operations that take it have it, and would gather it on the card and then wait for it.
 */
function writeInputs(loop: Loop, entry: number, inputs: readonly AbstractTensor[]): void {
  const { graph, prefix, repeat, iteration } = loop;
  const axis = writeIntegers(loop, `${prefix}/axis`, [0], []);
  const stride = writeIntegers(loop, `${prefix}/stride`, [1], [1]);
  const begin = `${prefix}/begin`;
  writeNode(graph, begin, 'ExpandDims', [iteration, axis], { T: int32, Tdim: int32 });
  for (const [i, { shape, dtype }] of inputs.entries()) {
    const placeholder = nodeNames.input(entry, i);
    writePlaceholder(graph, placeholder, { shape: [repeat, ...shape], dtype });
    const all = writeEnter(loop, `${prefix}/inputs${i}`, placeholder, dtype, true);
    // Of an axis that is taken away the end says nothing.
    writeNode(graph, `${prefix}/input${i}`, 'StridedSlice', [all, begin, begin, stride], {
      T: typeValue(dtype),
      Index: int32,
      shrink_axis_mask: integerValue(1),
    });
  }
}

/** Carries the values of an output of all iterations; gives what they are after the last. */
function writeOutput(loop: Loop, index: number, name: string, { shape, dtype }: AbstractTensor): string {
  const { graph, prefix, repeat, iteration } = loop;
  const T = typeValue(dtype);
  const numbers = Array.from({ length: repeat }, (_, i) => i);
  const column = [repeat, ...shape.map(() => 1)];
  const place = `${prefix}/place${index}`;
  const places = writeIntegers(loop, `${place}s`, numbers, column);
  writeNode(graph, place, 'Equal', [places, iteration], { T: int32 });
  const zeros = { shape: [repeat, ...shape], dtype, values: zerosOf(dtype, repeat, shape) };
  const results = `${prefix}/results${index}`;
  writeConstant(graph, `${results}/none`, zeros, []);
  const { value: before, last } = writeCarried(loop, results, `${results}/none`, dtype);
  writeNode(graph, `${results}/set`, 'SelectV2', [place, name, before], { T });
  writeNext(loop, results, `${results}/set`, dtype);
  return last;
}

function zerosOf(
  dtype: number,
  repeat: number,
  shape: readonly number[],
): Float32Array | Int32Array | Uint8Array {
  const size = shape.reduce((product, n) => product * n, repeat);
  if (dtype === dataTypes.float32) return new Float32Array(size);
  return dtype === dataTypes.int32 ? new Int32Array(size) : new Uint8Array(size);
}
