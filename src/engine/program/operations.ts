// The operations that the recorder knows: free of side effects, and with results whose shapes follow from the shapes
// of their inputs. Knowing the shapes is what lets a function be recorded without computing anything.
import { dataTypes } from '../tensorflow/register.js';
import {
  refusal,
  like,
  constantInput,
  number,
  broadcast,
  axisOf,
  reduced,
  convolution,
  pooling,
  stated,
  padded,
  concatenated,
  split,
  sliced,
  stridedSlice,
  matrixProduct,
  packed,
  unpacked,
  gathered,
  segmentSum,
  oneHot,
  range,
  reshaped,
  type AbstractTensor,
  type Inference,
  type OperationCall,
} from './shapeRules.js';

export type { AbstractTensor, OperationCall } from './shapeRules.js';

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

/**
 * Type attributes that tfjs-node leaves out or gets wrong, because they follow from the inputs when an operation is
 * executed; a graph must have them. They come in place of those of the call.
 */
export function impliedTypes({ operation, inputs }: OperationCall): [name: string, dtype: number][] {
  const implied = impliedTypeInputs.get(operation) ?? [];
  return implied.map(([name, index]) => [name, inputs[index].dtype]);
}

const impliedTypeInputs = new Map<string, [attribute: string, input: number][]>([
  [
    'ExpandDims',
    [
      ['T', 0],
      ['Tdim', 1],
    ],
  ],
  // It names the type before its cast to float32.
  ['Mean', [['T', 0]]],
]);

function unknownReason(operation: string): string {
  if (/Random|Multinomial|Truncated/.test(operation)) {
    return (
      'draws random numbers from a hidden state, so that a run could not be repeated; use statelessUniform with a ' +
      'key that is an input'
    );
  }
  return (
    'is not known to be free of side effects, or the shape of its result depends on values; do without it, or compute ' +
    'its result outside and make that an input'
  );
}

const { float32, int32, bool } = dataTypes;

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

/** The seven sequences `[time, batch, units]` of an LSTM over x `[time, batch, channels]` from states `[batch, units]`. */
const lstm: Inference = ({ inputs: [, x, state], outputs }) =>
  Array.from({ length: outputs }, () => ({ shape: [x.shape[0], ...state.shape], dtype: x.dtype }));

/** The gradients of x, of both states, of the weights, of three peepholes and of the bias. */
const lstmGradients: Inference = (call) => [1, 2, 3, 4, 5, 6, 7, 8].map((input) => like(call, input));

const inferences = new Map<string, Inference>([
  ...entries(
    'Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Elu Erf Exp Expm1 Floor Identity LeakyRelu Log Log1p Neg ' +
      'Reciprocal Relu Relu6 Round Rsqrt Selu Sigmoid Sign Sin Sinh Softplus Softmax Sqrt Square Tan Tanh ' +
      'ZerosLike OnesLike Cumsum Cumprod ReverseV2 ReluGrad EluGrad AddN ' +
      'LRN LRNGrad',
    sameAsFirst,
  ),
  ...entries('IsNan IsInf IsFinite LogicalNot', sameAsFirstBool),
  ...entries(
    'Add AddV2 Sub Mul Div RealDiv DivNoNan FloorDiv FloorMod Maximum Minimum Pow SquaredDifference Atan2',
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
  ['UnsortedSegmentSum', segmentSum],
  ['OneHot', oneHot],
  ['Range', range],
  ['Fill', stated(0, ({ inputs }) => inputs[1].dtype)],
  ['StatelessRandomUniform', stated(0, (call) => number(call, 'dtype', float32))],
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
  ['BlockLSTMV2', lstm],
  ['BlockLSTMGradV2', lstmGradients],
  // masq's own operations, those of native/.
  [
    'MasqConvolution',
    ({ inputs: [x, kernel, , mask] }) => [{ shape: [...mask.shape, kernel.shape[2]], dtype: x.dtype }],
  ],
  [
    'MasqConvolutionInputGrad',
    ({ inputs: [dy, kernel, mask] }) => [{ shape: [...mask.shape, kernel.shape[1]], dtype: dy.dtype }],
  ],
  [
    'MasqConvolutionKernelGrad',
    (call) => {
      const [x, dy] = call.inputs;
      return [{ shape: [number(call, 'taps'), x.shape[2], dy.shape[2]], dtype: float32 }];
    },
  ],
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
]);

function entries(names: string, infer: Inference): [string, Inference][] {
  return names.split(' ').map((name) => [name, infer]);
}
