// How the shapes of an operation's results follow from those of its inputs, for operations that do more than work value by
// value.
import type { Attribute } from '../tensorflow/register.js';
import { CaptureError } from './captureError.js';

/** What is known of a tensor while recording: all but its values, or its values too where they never vary. */
export interface AbstractTensor {
  readonly shape: readonly number[];
  /** Number of TensorFlow's data type. */
  readonly dtype: number;
  /** The values of a constant. */
  readonly values?: ArrayLike<number>;
}

/** One call of an operation. */
export interface OperationCall {
  readonly operation: string;
  readonly attributes: ReadonlyMap<string, Attribute['value']>;
  readonly inputs: readonly AbstractTensor[];
  /** How many results the caller asked for. */
  readonly outputs: number;
}

/** The results of a call from what is known of its inputs. */
export type Inference = (call: OperationCall) => AbstractTensor[];
type Shape = readonly number[];

export function refusal(operation: string, reason: string): CaptureError {
  return new CaptureError(`Operation ${operation} ${reason}.`);
}

export const like = ({ inputs }: OperationCall, index = 0): AbstractTensor => {
  const { shape, dtype } = inputs[index];
  return { shape, dtype };
};

/** The values of an input that decides a shape. */
export function constantInput({ operation, inputs }: OperationCall, index: number): number[] {
  const { values } = inputs.at(index) ?? {};
  if (values !== undefined) return Array.from(values);
  throw refusal(operation, `takes its shape from input ${index}, which is computed and not constant`);
}

export function number({ operation, attributes }: OperationCall, name: string, otherwise?: number): number {
  const value = attributes.get(name) ?? otherwise;
  if (typeof value === 'number') return value;
  throw refusal(operation, `lacks its attribute ${name}`);
}

function numbers({ operation, attributes }: OperationCall, name: string): readonly number[] {
  const value = attributes.get(name);
  if (typeof value === 'object') return value;
  throw refusal(operation, `lacks its attribute ${name}`);
}

export function broadcast(shapes: readonly Shape[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((shape) => shape[i - rank + shape.length] ?? 1);
    return sizes.find((size) => size !== 1) ?? 1;
  });
}

export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

export function reduced(call: OperationCall, keepDims: boolean): number[] {
  const { shape } = call.inputs[0];
  const axes = new Set(constantInput(call, 1).map((axis) => axisOf(axis, shape.length)));
  return shape.flatMap((size, axis) => (!axes.has(axis) ? [size] : keepDims ? [1] : []));
}

/** Steps that a window leaves of `size`. */
function windowed(
  call: OperationCall,
  size: number,
  axis: number,
  { kernel, stride, dilation = 1 }: { kernel: number; stride: number; dilation?: number },
): number {
  const padding = call.attributes.get('padding');
  const explicit = padding === 'EXPLICIT' ? numbers(call, 'explicit_paddings') : [];
  if (padding === 'SAME') return Math.ceil(size / stride);
  const padded = size + (explicit[2 * axis] ?? 0) + (explicit[2 * axis + 1] ?? 0);
  return Math.max(0, Math.floor((padded - (kernel - 1) * dilation - 1) / stride) + 1);
}

/** A convolution `[batch, height, width, channels]` with the filters' number of the given shape. */
export function convolution(call: OperationCall, filters: (kernel: Shape) => number): AbstractTensor[] {
  onlyChannelsLast(call);
  const [{ shape, dtype }, { shape: kernel }] = call.inputs;
  const strides = numbers(call, 'strides');
  const dilations = call.attributes.has('dilations') ? numbers(call, 'dilations') : [1, 1, 1, 1];
  const spatial = [1, 2].map((axis) =>
    windowed(call, shape[axis], axis, {
      kernel: kernel[axis - 1],
      stride: strides[axis],
      dilation: dilations[axis],
    }),
  );
  return [{ shape: [shape[0], ...spatial, filters(kernel)], dtype }];
}

function onlyChannelsLast({ operation, attributes }: OperationCall): void {
  const format = attributes.get('data_format') ?? 'NHWC';
  if (format !== 'NHWC')
    throw refusal(operation, `is recorded in the format NHWC only, not ${String(format)}`);
}

export function pooling(call: OperationCall): AbstractTensor[] {
  onlyChannelsLast(call);
  const { shape, dtype } = call.inputs[0];
  const [kernel, strides] = [numbers(call, 'ksize'), numbers(call, 'strides')];
  const sizes = shape.map((size, axis) =>
    axis === 1 || axis === 2
      ? windowed(call, size, axis, { kernel: kernel[axis], stride: strides[axis] })
      : size,
  );
  return [{ shape: sizes, dtype }];
}

/** The result has the shape that a constant input states. */
export function stated(index: number, dtype: (call: OperationCall) => number): Inference {
  return (call) => [{ shape: constantInput(call, index), dtype: dtype(call) }];
}

export function padded(call: OperationCall): AbstractTensor[] {
  const { shape, dtype } = call.inputs[0];
  const paddings = constantInput(call, 1);
  return [{ shape: shape.map((size, axis) => size + paddings[2 * axis] + paddings[2 * axis + 1]), dtype }];
}

export function concatenated(call: OperationCall): AbstractTensor[] {
  const parts = call.inputs.slice(0, -1);
  const axis = axisOf(constantInput(call, -1)[0], parts[0].shape.length);
  const along = parts.reduce((sum, { shape }) => sum + shape[axis], 0);
  return [{ shape: parts[0].shape.map((size, i) => (i === axis ? along : size)), dtype: parts[0].dtype }];
}

export function split(call: OperationCall): AbstractTensor[] {
  const { shape, dtype } = call.inputs[0];
  const sizes = constantInput(call, 1);
  const axis = axisOf(constantInput(call, 2)[0], shape.length);
  return sizes.map((part) => ({ shape: shape.map((size, i) => (i === axis ? part : size)), dtype }));
}

export function sliced(call: OperationCall): AbstractTensor[] {
  const { shape, dtype } = call.inputs[0];
  const [begin, size] = [constantInput(call, 1), constantInput(call, 2)];
  return [{ shape: size.map((n, axis) => (n === -1 ? shape[axis] - begin[axis] : n)), dtype }];
}

export function stridedSlice(call: OperationCall): AbstractTensor[] {
  if (number(call, 'ellipsis_mask', 0) !== 0 || number(call, 'new_axis_mask', 0) !== 0) {
    throw refusal(call.operation, 'is recorded without ellipsis and new axes only');
  }
  const { shape, dtype } = call.inputs[0];
  const [begin, end, strides] = [1, 2, 3].map((index) => constantInput(call, index));
  const has = (mask: string, axis: number): boolean => ((number(call, mask, 0) >> axis) & 1) === 1;
  const sizes = shape.flatMap((size, axis) => {
    if (axis >= begin.length) return [size];
    if (has('shrink_axis_mask', axis)) return [];
    const stride = strides[axis];
    const bound = (value: number): number => {
      const absolute = value < 0 ? value + size : value;
      return stride > 0 ? Math.min(size, Math.max(0, absolute)) : Math.min(size - 1, Math.max(-1, absolute));
    };
    const first = has('begin_mask', axis) ? (stride > 0 ? 0 : size - 1) : bound(begin[axis]);
    const last = has('end_mask', axis) ? (stride > 0 ? size : -1) : bound(end[axis]);
    return [Math.max(0, Math.ceil((last - first) / stride))];
  });
  return [{ shape: sizes, dtype }];
}

export function matrixProduct(call: OperationCall, left: string, right: string): AbstractTensor[] {
  const [a, b] = call.inputs;
  const [aMatrix, bMatrix] = [a.shape.slice(-2), b.shape.slice(-2)];
  const rows = aMatrix[call.attributes.get(left) === true ? 1 : 0];
  const columns = bMatrix[call.attributes.get(right) === true ? 0 : 1];
  const outer = broadcast([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  return [{ shape: [...outer, rows, columns], dtype: a.dtype }];
}

export function packed(call: OperationCall): AbstractTensor[] {
  const { shape, dtype } = call.inputs[0];
  const axis = axisOf(number(call, 'axis', 0), shape.length + 1);
  return [{ shape: [...shape.slice(0, axis), call.inputs.length, ...shape.slice(axis)], dtype }];
}

export function unpacked(call: OperationCall): AbstractTensor[] {
  const { shape, dtype } = call.inputs[0];
  const axis = axisOf(number(call, 'axis', 0), shape.length);
  const rest = shape.filter((_, i) => i !== axis);
  return Array.from({ length: shape[axis] }, () => ({ shape: rest, dtype }));
}

export function gathered(call: OperationCall): AbstractTensor[] {
  const [{ shape, dtype }, { shape: indices }] = call.inputs;
  const batchDims = number(call, 'batch_dims', 0);
  const axis = axisOf(constantInput(call, 2)[0], shape.length);
  return [{ shape: [...shape.slice(0, axis), ...indices.slice(batchDims), ...shape.slice(axis + 1)], dtype }];
}

/** Sums of slices `[segments, …]`; the indices, in the first axes, say which slice goes where. */
export function segmentSum(call: OperationCall): AbstractTensor[] {
  const [{ shape, dtype }, { shape: indices }] = call.inputs;
  return [{ shape: [constantInput(call, 2)[0], ...shape.slice(indices.length)], dtype }];
}

export function oneHot(call: OperationCall): AbstractTensor[] {
  const { shape } = call.inputs[0];
  const [depth] = constantInput(call, 1);
  const axis = number(call, 'axis', -1);
  const at = axis === -1 ? shape.length : axis;
  return [{ shape: [...shape.slice(0, at), depth, ...shape.slice(at)], dtype: call.inputs[2].dtype }];
}

export function range(call: OperationCall): AbstractTensor[] {
  const [start, limit, delta] = [0, 1, 2].map((index) => constantInput(call, index)[0]);
  return [{ shape: [Math.max(0, Math.ceil((limit - start) / delta))], dtype: call.inputs[0].dtype }];
}

export function reshaped(call: OperationCall): AbstractTensor[] {
  const { shape, dtype } = call.inputs[0];
  const wanted = constantInput(call, 1);
  const size = shape.reduce((product, n) => product * n, 1);
  const known = wanted.reduce((product, n) => (n === -1 ? product : product * n), 1);
  return [{ shape: wanted.map((n) => (n === -1 ? size / known : n)), dtype }];
}
