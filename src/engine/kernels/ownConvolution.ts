// Names of masq's own convolution, which exists where the processor is quicker with it than with TensorFlow's.
import type { NativeKernel } from './native.js';
import type { Precision } from './precision.js';

/** The kernels of a convolution in one precision. */
export interface ConvolutionKernels {
  /** Inputs `x`, `kernel`, `mask`, `outputMask`; attributes `dilation`, `left`. Differentiable. */
  readonly output: NativeKernel;
  readonly inputGradient: NativeKernel;
  readonly kernelGradient: NativeKernel;
}

export function ownConvolution(precision: Precision): ConvolutionKernels {
  return {
    output: `MasqConvolution_${precision}`,
    inputGradient: `MasqConvolutionInputGrad_${precision}`,
    kernelGradient: `MasqConvolutionKernelGrad_${precision}`,
  };
}
