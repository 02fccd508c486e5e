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
  const int32 = typeValue(dataTypes.int32);
  const enter = (name: string, from: string, dtype: number, constant: boolean): string => {
    writeNode(graph, name, 'Enter', [from], {
      T: typeValue(dtype),
      frame_name: stringValue(prefix),
      is_constant: booleanValue(constant),
      parallel_iterations: integerValue(1),
    });
    return name;
  };
  const integers = (name: string, values: readonly number[], shape: readonly number[], after: string[]) => {
    writeConstant(graph, name, { shape, dtype: dataTypes.int32, values: Int32Array.from(values) }, after);
    return name;
  };
  // What goes from iteration to iteration: its value at the beginning of one, and at the end of the last.
  const carried = (name: string, initial: string, dtype: number): { value: string; last: string } => {
    const T = typeValue(dtype);
    writeNode(
      graph,
      `${name}/merge`,
      'Merge',
      [enter(`${name}/enter`, initial, dtype, false), `${name}/next`],
      {
        T,
        N: integerValue(2),
      },
    );
    writeNode(graph, `${name}/switch`, 'Switch', [`${name}/merge`, `${prefix}/condition`], { T });
    return { value: `${name}/switch:1`, last: `${name}/switch:0` };
  };
  const next = (name: string, value: string, dtype: number): void => {
    writeNode(graph, `${name}/next`, 'NextIteration', [value], { T: typeValue(dtype) });
  };

  const counter = `${prefix}/counter`;
  writePlaceholder(graph, nodeNames.times(entry), { shape: [], dtype: dataTypes.int32 });
  const times = enter(`${prefix}/times`, nodeNames.times(entry), dataTypes.int32, true);
  const { value } = carried(counter, integers(`${prefix}/zero`, [0], [], []), dataTypes.int32);
  writeNode(graph, `${prefix}/less`, 'Less', [`${counter}/merge`, times], { T: int32 });
  writeNode(graph, `${prefix}/condition`, 'LoopCond', [`${prefix}/less`], {});
  const iteration = `${prefix}/iteration`;
  writeNode(graph, iteration, 'Identity', [value], { T: int32 });
  const after = [`^${iteration}`];
  const axis = integers(`${prefix}/axis`, [0], [], after);

  for (const [i, { shape, dtype }] of inputs.entries()) {
    const placeholder = nodeNames.input(entry, i);
    writePlaceholder(graph, placeholder, { shape: [repeat, ...shape], dtype });
    const all = enter(`${prefix}/inputs${i}`, placeholder, dtype, true);
    writeNode(graph, `${prefix}/input${i}`, 'GatherV2', [all, iteration, axis], {
      Tparams: typeValue(dtype),
      Tindices: int32,
      Taxis: int32,
    });
  }
  const handles = new Set<number>();
  return {
    after,
    input: (index) => `${prefix}/input${index}`,
    handle: (index) => {
      const name = `${prefix}/variable${index}`;
      if (!handles.has(index)) enter(name, `variable${index}`, resource, true);
      handles.add(index);
      return name;
    },
    finish: (outputs, assigned) => {
      const one = integers(`${prefix}/one`, [1], [], after);
      // The next iteration begins with its number, once all variables have been assigned.
      writeNode(graph, `${counter}/add`, 'AddV2', [iteration, one, ...assigned], { T: int32 });
      next(counter, `${counter}/add`, dataTypes.int32);
      const numbers = Array.from({ length: repeat }, (_, i) => i);
      for (const [i, { name, tensor }] of outputs.entries()) {
        const { shape, dtype } = tensor;
        const T = typeValue(dtype);
        const column = [repeat, ...shape.map(() => 1)];
        const place = `${prefix}/place${i}`;
        writeNode(graph, place, 'Equal', [integers(`${place}s`, numbers, column, after), iteration], {
          T: int32,
        });
        const zeros = { shape: [repeat, ...shape], dtype, values: zerosOf(dtype, repeat, shape) };
        const results = `${prefix}/results${i}`;
        writeConstant(graph, `${results}/none`, zeros, []);
        const { value: before, last } = carried(results, `${results}/none`, dtype);
        writeNode(graph, `${results}/set`, 'SelectV2', [place, name, before], { T });
        next(results, `${results}/set`, dtype);
        writeNode(graph, nodeNames.output(entry, i), 'Exit', [last], { T });
      }
    },
  };
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
