// Kernels of the native backend that stock tfjs does not use, registered with tfjs when TensorFlow is loaded.
import * as tf from '@tensorflow/tfjs';
import type { NativeKernel } from './kernels/native.js';

/** What these kernels use of the backend of tfjs-node. */
interface TensorflowBackend {
  readonly binding: { readonly TF_ATTR_TYPE: number; readonly TF_FLOAT: number };
  executeSingleOutput(
    operation: string,
    attributes: readonly { name: string; type: number; value: number }[],
    inputs: readonly tf.TensorInfo[],
  ): tf.TensorInfo;
}

type Inputs = Record<string, tf.TensorInfo>;

/** Registers the kernels with the backend `tensorflow`. */
export function registerTensorflowKernels(): void {
  register('MasqSelectSteps', selectSteps);
}

/** `SelectV2` broadcasts by itself; tf.where tiles mask and filling to the full shape first. */
function selectSteps(inputs: Inputs, backend: TensorflowBackend): tf.TensorInfo {
  const { TF_ATTR_TYPE, TF_FLOAT } = backend.binding;
  const type = { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT };
  return backend.executeSingleOutput('SelectV2', [type], [inputs.mask, inputs.x, inputs.otherwise]);
}

function register(
  kernelName: NativeKernel,
  kernel: (inputs: Inputs, backend: TensorflowBackend) => tf.TensorInfo,
): void {
  tf.registerKernel({
    kernelName,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, backend }) => kernel(inputs as Inputs, backend as TensorflowBackend),
  });
}
