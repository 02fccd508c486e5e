// The operations that the recorder knows: free of side effects, and with results whose shapes follow from the shapes
// of their inputs. Knowing the shapes is what lets a function be recorded without computing anything.
import { dataTypes, type Attribute } from '../tensorflow/register.js';
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

type Inference = (call: OperationCall) => AbstractTensor[];
type Shape = readonly number[];

/**
 * The results of a call.
 *
 * @throws CaptureError for an operation that is not known, or whose result's shape depends on values
 */
export function inferOutputs(call: OperationCall): AbstractTensor[] {
  const infer = inferences.get(call.operation);
  if (infer === undefined) throw refusal(call.operation, unknownReason(call.operation));
  const outputs = infer(call);
  if (outputs.length !== call.outputs) {
    throw refusal(call.operation, `has ${outputs.length} results, and ${call.outputs} were asked for`);
  }
  return outputs;
}

/** Whether a function that calls this operation can be recorded. */
export function isKnownOperation(operation: string): boolean {
  return inferences.has(operation);
}

/**
 * Type attributes that tfjs-node leaves out, because they follow from the inputs when an operation is executed; a
 * graph must have them.
 */
export function impliedTypes({
  operation,
  attributes,
  inputs,
}: OperationCall): [name: string, dtype: number][] {
  const implied = impliedTypeInputs.get(operation) ?? [];
  return implied.flatMap(([name, index]) => (attributes.has(name) ? [] : [[name, inputs[index].dtype]]));
}

const impliedTypeInputs = new Map<string, [attribute: string, input: number][]>([
  [
    'ExpandDims',
    [
      ['T', 0],
      ['Tdim', 1],
    ],
  ],
]);

function unknownReason(operation: string): string {
  if (/Random|Multinomial|Truncated/.test(operation)) {
    return (
      'draws random numbers from a hidden state, so that a run could not be repeated; use statelessUniform with a ' +
      'key that is an input'
    );
  }
  return 'is not known to be free of side effects, or the shape of its result depends on values';
}

function refusal(operation: string, reason: string): CaptureError {
  return new CaptureError(`Operation ${operation} ${reason}.`);
}

const like = ({ inputs }: OperationCall, index = 0): AbstractTensor => {
  const { shape, dtype } = inputs[index];
  return { shape, dtype };
};
const { float32, int32, bool } = dataTypes;

/** The values of an input that decides a shape. */
function constantInput({ operation, inputs }: OperationCall, index: number): number[] {
  const { values } = inputs.at(index) ?? {};
  if (values !== undefined) return Array.from(values);
  throw refusal(operation, `takes its shape from input ${index}, which is computed and not constant`);
}

function number({ operation, attributes }: OperationCall, name: string, otherwise?: number): number {
  const value = attributes.get(name) ?? otherwise;
  if (typeof value === 'number') return value;
  throw refusal(operation, `lacks its attribute ${name}`);
}

function numbers({ operation, attributes }: OperationCall, name: string): readonly number[] {
  const value = attributes.get(name);
  if (typeof value === 'object') return value;
  throw refusal(operation, `lacks its attribute ${name}`);
}

function broadcast(shapes: readonly Shape[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((shape) => shape[i - rank + shape.length] ?? 1);
    return sizes.find((size) => size !== 1) ?? 1;
  });
}

function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

function reduced(call: OperationCall, keepDims: boolean): number[] {
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
function convolution(call: OperationCall, filters: (kernel: Shape) => number): AbstractTensor[] {
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

function pooling(call: OperationCall): AbstractTensor[] {
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
function stated(index: number, dtype: (call: OperationCall) => number): Inference {
  return (call) => [{ shape: constantInput(call, index), dtype: dtype(call) }];
}

function padded(call: OperationCall): AbstractTensor[] {
  const { shape, dtype } = call.inputs[0];
  const paddings = constantInput(call, 1);
  return [{ shape: shape.map((size, axis) => size + paddings[2 * axis] + paddings[2 * axis + 1]), dtype }];
}

function concatenated(call: OperationCall): AbstractTensor[] {
  const parts = call.inputs.slice(0, -1);
  const axis = axisOf(constantInput(call, -1)[0], parts[0].shape.length);
  const along = parts.reduce((sum, { shape }) => sum + shape[axis], 0);
  return [{ shape: parts[0].shape.map((size, i) => (i === axis ? along : size)), dtype: parts[0].dtype }];
}

function split(call: OperationCall): AbstractTensor[] {
  const { shape, dtype } = call.inputs[0];
  const sizes = constantInput(call, 1);
  const axis = axisOf(constantInput(call, 2)[0], shape.length);
  return sizes.map((part) => ({ shape: shape.map((size, i) => (i === axis ? part : size)), dtype }));
}

function sliced(call: OperationCall): AbstractTensor[] {
  const { shape, dtype } = call.inputs[0];
  const [begin, size] = [constantInput(call, 1), constantInput(call, 2)];
  return [{ shape: size.map((n, axis) => (n === -1 ? shape[axis] - begin[axis] : n)), dtype }];
}

function stridedSlice(call: OperationCall): AbstractTensor[] {
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

function matrixProduct(call: OperationCall, left: string, right: string): AbstractTensor[] {
  const [a, b] = call.inputs;
  const [aMatrix, bMatrix] = [a.shape.slice(-2), b.shape.slice(-2)];
  const rows = aMatrix[call.attributes.get(left) === true ? 1 : 0];
  const columns = bMatrix[call.attributes.get(right) === true ? 0 : 1];
  const outer = broadcast([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  return [{ shape: [...outer, rows, columns], dtype: a.dtype }];
}

function packed(call: OperationCall): AbstractTensor[] {
  const { shape, dtype } = call.inputs[0];
  const axis = axisOf(number(call, 'axis', 0), shape.length + 1);
  return [{ shape: [...shape.slice(0, axis), call.inputs.length, ...shape.slice(axis)], dtype }];
}

function unpacked(call: OperationCall): AbstractTensor[] {
  const { shape, dtype } = call.inputs[0];
  const axis = axisOf(number(call, 'axis', 0), shape.length);
  const rest = shape.filter((_, i) => i !== axis);
  return Array.from({ length: shape[axis] }, () => ({ shape: rest, dtype }));
}

function gathered(call: OperationCall): AbstractTensor[] {
  const [{ shape, dtype }, { shape: indices }] = call.inputs;
  const batchDims = number(call, 'batch_dims', 0);
  const axis = axisOf(constantInput(call, 2)[0], shape.length);
  return [{ shape: [...shape.slice(0, axis), ...indices.slice(batchDims), ...shape.slice(axis + 1)], dtype }];
}

function oneHot(call: OperationCall): AbstractTensor[] {
  const { shape } = call.inputs[0];
  const [depth] = constantInput(call, 1);
  const axis = number(call, 'axis', -1);
  const at = axis === -1 ? shape.length : axis;
  return [{ shape: [...shape.slice(0, at), depth, ...shape.slice(at)], dtype: call.inputs[2].dtype }];
}

function range(call: OperationCall): AbstractTensor[] {
  const [start, limit, delta] = [0, 1, 2].map((index) => constantInput(call, index)[0]);
  return [{ shape: [Math.max(0, Math.ceil((limit - start) / delta))], dtype: call.inputs[0].dtype }];
}

function reshaped(call: OperationCall): AbstractTensor[] {
  const { shape, dtype } = call.inputs[0];
  const wanted = constantInput(call, 1);
  const size = shape.reduce((product, n) => product * n, 1);
  const known = wanted.reduce((product, n) => (n === -1 ? product : product * n), 1);
  return [{ shape: wanted.map((n) => (n === -1 ? size / known : n)), dtype }];
}

function squeezed(call: OperationCall): AbstractTensor[] {
  const { shape, dtype } = call.inputs[0];
  const named = call.attributes.has('squeeze_dims') ? numbers(call, 'squeeze_dims') : [];
  const axes = named.map((axis) => axisOf(axis, shape.length));
  const drops = (size: number, axis: number): boolean =>
    axes.length === 0 ? size === 1 : axes.includes(axis);
  return [{ shape: shape.filter((size, axis) => !drops(size, axis)), dtype }];
}

const typeAttribute =
  (name: string, otherwise?: number) =>
  (call: OperationCall): number =>
    number(call, name, otherwise);

const sameAsFirst: Inference = (call) => [like(call)];
const sameAsFirstBool: Inference = ({ inputs }) => [{ shape: inputs[0].shape, dtype: bool }];
const elementwise: Inference = ({ inputs }) => [
  { shape: broadcast(inputs.map(({ shape }) => shape)), dtype: inputs[0].dtype },
];
const comparison: Inference = ({ inputs }) => [
  { shape: broadcast(inputs.map(({ shape }) => shape)), dtype: bool },
];
const reduction: Inference = (call) => [
  { shape: reduced(call, call.attributes.get('keep_dims') === true), dtype: call.inputs[0].dtype },
];
const argument: Inference = (call) => [
  { shape: reduced(call, false), dtype: number(call, 'output_type', int32) },
];

/** The scaled values, then the means, hidden units and gates of each row. */
const squeezeExcite: Inference = (call) => {
  const [{ shape }, , reduction] = call.inputs;
  const [batch, , channels] = shape;
  const ofRows = [channels, reduction.shape[1], channels].map((units) => ({
    shape: [batch, units],
    dtype: float32,
  }));
  return [{ shape, dtype: number(call, 'Ty', float32) }, ...ofRows];
};

/** The gradients of the values, and of matrix and bias of either layer. */
const squeezeExciteGradients: Inference = (call) => {
  const [reduction, expansion] = [like(call, 6), like(call, 7)];
  const ofWeights = [reduction, expansion].flatMap((matrix) => [
    matrix,
    { shape: matrix.shape.slice(1), dtype: matrix.dtype },
  ]);
  return [{ shape: call.inputs[1].shape, dtype: number(call, 'Tdx', float32) }, ...ofWeights];
};

/** `[batch, classes]` logits and targets: a loss a row, and the gradient of the logits. */
const crossEntropy: Inference = (call) => [
  { shape: call.inputs[0].shape.slice(0, 1), dtype: float32 },
  like(call),
];

const inferences = new Map<string, Inference>([
  ...entries(
    'Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Elu Erf Exp Expm1 Floor Identity LeakyRelu Log Log1p Neg ' +
      'Reciprocal Relu Relu6 Round Rsqrt Selu Sigmoid Sign Sin Sinh Softplus Softmax LogSoftmax Sqrt Square Tan Tanh ' +
      'ZerosLike OnesLike Cumsum Cumprod ReverseV2 ReluGrad Relu6Grad EluGrad SigmoidGrad TanhGrad BiasAdd AddN ' +
      'LRN LRNGrad StopGradient',
    sameAsFirst,
  ),
  ...entries('IsNan IsInf IsFinite LogicalNot', sameAsFirstBool),
  ...entries(
    'Add AddV2 Sub Mul Div RealDiv DivNoNan FloorDiv FloorMod Mod Maximum Minimum Pow SquaredDifference Atan2',
    elementwise,
  ),
  ...entries('Equal NotEqual Less LessEqual Greater GreaterEqual LogicalAnd LogicalOr', comparison),
  ...entries('Sum Mean Max Min Prod Any All', reduction),
  ...entries('ArgMax ArgMin', argument),
  ['Cast', ({ inputs, ...call }) => [{ shape: inputs[0].shape, dtype: number({ inputs, ...call }, 'DstT') }]],
  ['Select', (call) => [like(call, 1)]],
  [
    'SelectV2',
    ({ inputs }) => [{ shape: broadcast(inputs.map(({ shape }) => shape)), dtype: inputs[1].dtype }],
  ],
  ['Reshape', reshaped],
  ['Squeeze', squeezed],
  [
    'ExpandDims',
    (call) => {
      const { shape, dtype } = call.inputs[0];
      const axis = axisOf(constantInput(call, 1)[0], shape.length + 1);
      return [{ shape: [...shape.slice(0, axis), 1, ...shape.slice(axis)], dtype }];
    },
  ],
  [
    'Transpose',
    (call) => {
      const { shape, dtype } = call.inputs[0];
      return [{ shape: constantInput(call, 1).map((axis) => shape[axis]), dtype }];
    },
  ],
  [
    'Tile',
    (call) => {
      const { shape, dtype } = call.inputs[0];
      const repeats = constantInput(call, 1);
      return [{ shape: shape.map((size, axis) => size * repeats[axis]), dtype }];
    },
  ],
  ...entries('Pad PadV2 MirrorPad', padded),
  ['ConcatV2', concatenated],
  ['SplitV', split],
  ['Slice', sliced],
  ['StridedSlice', stridedSlice],
  ['Pack', packed],
  ['Unpack', unpacked],
  ['GatherV2', gathered],
  ['OneHot', oneHot],
  ['Range', range],
  ['Fill', stated(0, ({ inputs }) => inputs[1].dtype)],
  ['BroadcastTo', stated(1, ({ inputs }) => inputs[0].dtype)],
  ...entries('StatelessRandomUniform StatelessRandomNormal', stated(0, typeAttribute('dtype', float32))),
  ['MatMul', (call) => matrixProduct(call, 'transpose_a', 'transpose_b')],
  ...entries('BatchMatMul BatchMatMulV2', (call) => matrixProduct(call, 'adj_x', 'adj_y')),
  ['Conv2D', (call) => convolution(call, (kernel) => kernel[3])],
  ['DepthwiseConv2dNative', (call) => convolution(call, (kernel) => kernel[2] * kernel[3])],
  ...entries(
    'Conv2DBackpropInput DepthwiseConv2dNativeBackpropInput',
    stated(0, ({ inputs }) => inputs[2].dtype),
  ),
  ...entries(
    'Conv2DBackpropFilter DepthwiseConv2dNativeBackpropFilter',
    stated(1, ({ inputs }) => inputs[0].dtype),
  ),
  ...entries('MaxPool AvgPool', pooling),
  ['MaxPoolGrad', sameAsFirst],
  ['AvgPoolGrad', stated(0, ({ inputs }) => inputs[1].dtype)],
  ['FusedBatchNorm', (call) => [like(call), like(call, 1), like(call, 1), like(call, 1), like(call, 1)]],
  [
    'FusedBatchNormV3',
    (call) => [like(call), like(call, 1), like(call, 1), like(call, 1), like(call, 1), like(call, 1)],
  ],
  [
    'FusedBatchNormGradV3',
    (call) => [like(call, 1), like(call, 2), like(call, 2), like(call, 3), like(call, 4)],
  ],
  // masq's own operations, those of native/.
  ...entries('MasqMaskSteps MasqNormalize MasqAdd MasqReluGrad MasqScaleChannels', sameAsFirst),
  [
    'MasqBatchNorm',
    (call) => [
      ...[like(call), like(call, 2), like(call, 2), { shape: [], dtype: float32 }],
      ...[like(call, 4), like(call, 5)],
    ],
  ],
  ['MasqBatchNormGrad', (call) => [like(call, 1), like(call, 3), like(call, 3)]],
  ['MasqScaleChannelsGrad', (call) => [like(call, 1), like(call, 2)]],
  ['MasqAverageOverTime', ({ inputs: [{ shape, dtype }] }) => [{ shape: [shape[0], shape[2]], dtype }]],
  [
    'MasqAverageOverTimeGrad',
    ({ inputs: [{ shape, dtype }, mask] }) => [{ shape: [...mask.shape, shape[1]], dtype }],
  ],
  [
    'MasqMaxOverWindows',
    ({ inputs: [{ shape, dtype }, , mask] }) => [{ shape: [...mask.shape, shape[2]], dtype }],
  ],
  ['MasqMaxOverWindowsGrad', (call) => [like(call, 1)]],
  ['MasqSqueezeExcite', squeezeExcite],
  ['MasqSqueezeExciteGrad', squeezeExciteGradients],
  ['MasqCrossEntropy', (call) => [{ shape: [], dtype: float32 }, { shape: [], dtype: float32 }, like(call)]],
  ...entries('MasqAdamW MasqSgd', (call) =>
    Array.from({ length: call.outputs }, (_, i) => like(call, i % number(call, 'N'))),
  ),
  ['SoftmaxCrossEntropyWithLogits', crossEntropy],
  ['SparseSoftmaxCrossEntropyWithLogits', crossEntropy],
]);

function entries(names: string, infer: Inference): [string, Inference][] {
  return names.split(' ').map((name) => [name, infer]);
}
