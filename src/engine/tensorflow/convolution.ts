// 1D convolutions as 2D convolutions of TensorFlow, with gradients by the operations that TensorFlow has for them.
import tf from '#tfjs';
import { runNative, type NativeAttributes, type NativeKernel } from '../kernels/native.js';
import type { Precision } from '../kernels/precision.js';
import { calculate, type Handle, type Operations } from './handles.js';
import { attribute, register, type Attribute, type TensorflowBackend } from './register.js';

interface ConvolutionAttributes extends NativeAttributes {
  readonly stride: number;
  readonly dilation: number;
  readonly padding: 'SAME' | 'VALID';
  readonly precision: Precision;
}

interface GradientAttributes extends ConvolutionAttributes {
  /** `[batch, time, channels]` of the input. */
  readonly inputShape: number[];
  /** `[kernelSize, channels or 1, filters]`. */
  readonly kernelShape: number[];
}

/**
 * Registers `MasqConv1d`, `MasqDepthwiseConv1d` (dilated only with stride 1, without padding and a whole number of
 * dilations long) and, where TensorFlow can train it, `MasqDilatedConv1d`: on the CPU its gradients exist in oneDNN only,
 * which TensorFlow leaves off on older processors.
 */
export function registerConvolution(): void {
  registerKind('MasqConv1d', dense);
  registerKind('MasqDepthwiseConv1d', depthwise);
  if (trainsDilated()) registerKind('MasqDilatedConv1d', dilated);
}

/**
 * Whether time is the height or the width of the images, whose other side is 1: the faster one of the two.
 * Milliseconds on two CPU cores, height / width, for 64 recordings of 128 steps:
 *
 * | | output | input gradient | kernel gradient |
 * | --- | --- | --- | --- |
 * | 128 → 128, kernel 8 | 9.8 / 12.8 | 9.8 / 12.8 | 23 / 10.5 |
 * | 128 → 128, kernel 3 | 3.8 / 3.8 | 3.9 / 3.8 | 9.3 / 4.1 |
 * | 64 → 64, kernel 3, dilation 4 | 2.4 / 1.0 | 2.3 / 1.0 | 3.2 / 1.6 |
 * | 64 depthwise, kernel 9 | 0.36 / 0.18 | 0.33 / 0.28 | 0.35 / 1.13 |
 */
type Axis = 'height' | 'width';

/** A kind of convolution. */
interface Kind {
  /** The operation of TensorFlow; those of its gradients are called the same with BackpropInput or BackpropFilter. */
  readonly operation: string;
  readonly depthwise: boolean;
  readonly axes: { readonly output: Axis; readonly inputGradient: Axis; readonly kernelGradient: Axis };
}

const dense: Kind = {
  operation: 'Conv2D',
  depthwise: false,
  axes: { output: 'height', inputGradient: 'height', kernelGradient: 'width' },
};
const dilated: Kind = {
  ...dense,
  axes: { output: 'width', inputGradient: 'width', kernelGradient: 'width' },
};
const depthwise: Kind = {
  operation: 'DepthwiseConv2dNative',
  depthwise: true,
  axes: { output: 'width', inputGradient: 'width', kernelGradient: 'height' },
};

function registerKind(name: NativeKernel, kind: Kind): void {
  const { operation, axes } = kind;
  register<ConvolutionAttributes>(name, ({ inputs: { x, kernel }, attributes, backend }) =>
    calculate(backend, (run) => {
      const layout = layOut(kind, axes.output, attributes, backend);
      const factors = [
        reshaped(run, x, layout.image(x.shape), attributes),
        reshaped(run, kernel, layout.filter(kernel.shape, x.shape[2]), attributes),
      ];
      const y = run.execute(operation, layout.settings, factors);
      const [batch, height, width, filters] = y.shape;
      return run.reshape(run.cast(y, 'float32'), [batch, height * width, filters]);
    }),
  );
  const inputGradient: NativeKernel = `${name}InputGradient`;
  register<GradientAttributes>(inputGradient, ({ inputs: { dy, kernel }, attributes, backend }) =>
    calculate(backend, (run) => {
      const { inputShape } = attributes;
      const layout = layOut(kind, axes.inputGradient, attributes, backend);
      const factors = [
        run.vector(layout.image(inputShape)),
        reshaped(run, kernel, layout.filter(kernel.shape, inputShape[2]), attributes),
        reshaped(run, dy, layout.image(dy.shape), attributes),
      ];
      const dx = run.execute(`${operation}BackpropInput`, layout.settings, factors);
      return run.reshape(run.cast(dx, 'float32'), inputShape);
    }),
  );
  const kernelGradient: NativeKernel = `${name}KernelGradient`;
  register<GradientAttributes>(kernelGradient, ({ inputs: { dy, x }, attributes, backend }) =>
    calculate(backend, (run) => {
      const { kernelShape } = attributes;
      const layout = layOut(kind, axes.kernelGradient, attributes, backend);
      const factors = [
        reshaped(run, x, layout.image(x.shape), attributes),
        run.vector(layout.filter(kernelShape, x.shape[2])),
        reshaped(run, dy, layout.image(dy.shape), attributes),
      ];
      const dk = run.execute(`${operation}BackpropFilter`, layout.settings, factors);
      return run.reshape(run.cast(dk, 'float32'), kernelShape);
    }),
  );
  // tfjs asks only for the gradients that something depends on: the first convolution of a model needs none of its input.
  tf.registerGradient({
    kernelName: name,
    inputsToSave: ['x', 'kernel'],
    gradFunc: (dy, [x, kernel], given) => {
      const attributes = {
        ...(given as unknown as ConvolutionAttributes),
        inputShape: x.shape,
        kernelShape: kernel.shape,
      };
      const output = dy as tf.Tensor;
      return {
        x: () => only(runNative(inputGradient, { dy: output, kernel }, attributes)),
        kernel: () => only(runNative(kernelGradient, { dy: output, x }, attributes)),
      };
    },
  });
}

interface Layout {
  /** The shape of values or outputs `[batch, time, channels]` as images. */
  image(shape: readonly number[]): number[];
  /** The shape of a kernel `[kernelSize, channels or 1, filters]` as a filter of such images. */
  filter(shape: readonly number[], channels: number): number[];
  /** Attributes of the convolution and of its gradients. */
  readonly settings: Attribute[];
}

function layOut(
  { depthwise }: Kind,
  axis: Axis,
  { stride, dilation, padding, precision }: ConvolutionAttributes,
  backend: TensorflowBackend,
): Layout {
  // Of TensorFlow's depthwise operations none dilates but the forward one of oneDNN. With step r · dilation + j as the pixel j
  // of row r, a kernel that runs down a column reads the steps that a dilated one does.
  const folded = depthwise && dilation > 1;
  const along = (length: number): [number, number] =>
    folded || axis === 'height' ? [length, 1] : [1, length];
  return {
    image: ([batch, time, channels]) => [
      batch,
      ...(folded ? [time / dilation, dilation] : along(time)),
      channels,
    ],
    filter: ([kernelSize, perGroup, filters], channels) => [
      ...along(kernelSize),
      ...(depthwise ? [channels, filters / channels] : [perGroup, filters]),
    ],
    settings: [
      attribute.type(backend, 'T', precision),
      // The depthwise operations want equal strides in both directions; that of the side of 1 does not matter.
      attribute.int(backend, 'strides', [1, stride, stride, 1]),
      attribute.int(backend, 'dilations', [1, ...along(folded ? 1 : dilation), 1]),
      attribute.string(backend, 'padding', padding),
      attribute.string(backend, 'data_format', 'NHWC'),
    ],
  };
}

/**
 * The value of a tensor in the precision of the calculation and another shape. Rounded first, so that all that read it
 * in whatever shape share the one rounding once a recorded step is optimised.
 */
function reshaped(
  run: Operations,
  tensor: tf.TensorInfo,
  shape: readonly number[],
  { precision }: ConvolutionAttributes,
): Handle {
  return run.reshape(run.cast(run.valueOf(tensor), precision), shape);
}

/** The one output of a kernel that is registered. */
function only(outputs: tf.Tensor[] | null): tf.Tensor {
  if (outputs === null) throw new Error('A gradient of TensorFlow is asked of another backend.');
  return outputs[0];
}

/** Whether this TensorFlow has the gradients of a dilated convolution on the device in use. */
function trainsDilated(): boolean {
  const backend = tf.backend() as unknown as TensorflowBackend;
  const attributes = { stride: 1, dilation: 2, padding: 'VALID', precision: 'float32' } as const;
  const layout = layOut(dilated, dilated.axes.kernelGradient, attributes, backend);
  return tf.tidy(() => {
    const [x, dy] = [tf.zeros(layout.image([1, 3, 1])), tf.zeros(layout.image([1, 1, 1]))];
    const shape = tf.tensor1d(layout.filter([2, 1, 1], 1), 'int32');
    try {
      backend.executeSingleOutput('Conv2DBackpropFilter', layout.settings, [x, shape, dy]);
      return true;
    } catch {
      return false;
    }
  });
}
