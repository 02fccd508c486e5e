// masq's own convolution for processors, which reads valid steps only, and its gradients.
import tf from '#tfjs';
import { nativeOutputs, type NativeAttributes } from '../kernels/native.js';
import { ownConvolution } from '../kernels/ownConvolution.js';
import type { Precision } from '../kernels/precision.js';
import { calculate } from './handles.js';
import { attribute, register, type TensorflowBackend } from './register.js';

interface WindowAttributes extends NativeAttributes {
  readonly dilation: number;
  readonly left: number;
}

interface KernelGradientAttributes extends WindowAttributes {
  readonly taps: number;
}

/** Registers it in one precision; TensorFlow must have it. */
export function registerOwnConvolution(precision: Precision): void {
  const { output, inputGradient, kernelGradient } = ownConvolution(precision);
  const settings = (backend: TensorflowBackend, { dilation, left }: WindowAttributes) => [
    attribute.type(backend, 'T', precision),
    attribute.int(backend, 'dilation', dilation),
    attribute.int(backend, 'left', left),
  ];
  register<WindowAttributes>(output, ({ inputs: { x, kernel, mask, outputMask }, attributes, backend }) =>
    calculate(backend, (run) => {
      const values = run.cast(run.valueOf(x), precision);
      const others = [kernel, mask, outputMask].map((tensor) => run.valueOf(tensor));
      const y = run.execute('MasqConvolution', settings(backend, attributes), [values, ...others]);
      return run.cast(y, 'float32');
    }),
  );
  register<WindowAttributes>(
    inputGradient,
    ({ inputs: { dy, kernel, mask, outputMask }, attributes, backend }) =>
      calculate(backend, (run) => {
        const values = run.cast(run.valueOf(dy), precision);
        const others = [kernel, mask, outputMask].map((tensor) => run.valueOf(tensor));
        const dx = run.execute('MasqConvolutionInputGrad', settings(backend, attributes), [
          values,
          ...others,
        ]);
        return run.cast(dx, 'float32');
      }),
  );
  register<KernelGradientAttributes>(
    kernelGradient,
    ({ inputs: { x, dy, mask, outputMask }, attributes, backend }) =>
      calculate(backend, (run) => {
        const values = [x, dy].map((tensor) => run.cast(run.valueOf(tensor), precision));
        const masks = [mask, outputMask].map((tensor) => run.valueOf(tensor));
        const taps = attribute.int(backend, 'taps', attributes.taps);
        return run.execute(
          'MasqConvolutionKernelGrad',
          [...settings(backend, attributes), taps],
          [...values, ...masks],
        );
      }),
  );
  // tfjs asks only for the gradients that something depends on: the first convolution of a model needs none of its input.
  tf.registerGradient({
    kernelName: output,
    inputsToSave: ['x', 'kernel', 'mask', 'outputMask'],
    gradFunc: (given, [x, kernel, mask, outputMask], attributes) => {
      const window = attributes as unknown as WindowAttributes;
      const dy = given as tf.Tensor;
      return {
        x: () => nativeOutputs(inputGradient, { dy, kernel, mask, outputMask }, window)[0],
        kernel: () =>
          nativeOutputs(kernelGradient, { x, dy, mask, outputMask }, { ...window, taps: kernel.shape[0] })[0],
      };
    },
  });
}
