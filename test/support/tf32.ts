// Products as graphics cards compute them in TF32 (Ampere and later), on the processor: factors of convolutions and products of matrices are
// rounded to 10 bits of mantissa, and sums are float32 whose last bits depend on their order, which is drawn here.
import tf from '#tfjs';
import { nodeBackend } from '../../src/engine/program/backend.js';
import { registerTensorflowKernels } from '../../src/engine/tensorflow/index.js';

/** Operations that multiply in TF32: those of cuDNN and cuBLAS. */
const products = new Set([
  'Conv2D',
  'Conv2DBackpropFilter',
  'Conv2DBackpropInput',
  'MatMul',
  'BatchMatMulV2',
  '_FusedMatMul',
]);

type Execute = (operation: string, attributes: unknown, inputs: tf.Tensor[]) => tf.Tensor;

/** How products are computed from here on; null: in float32, as on processors. */
let emulation: { sums: number } | null = null;

/** Takes masq's own operations out of this process, which cards do not have, and has products emulated when told to. */
export function prepareEmulation(): void {
  for (const { kernelName } of tf.getKernelsForBackend('tensorflow')) {
    if (kernelName.startsWith('Masq')) tf.unregisterKernel(kernelName, 'tensorflow');
  }
  registerTensorflowKernels({ own: null });
  const backend = nodeBackend() as unknown as { executeSingleOutput: Execute };
  const execute = backend.executeSingleOutput.bind(backend);
  backend.executeSingleOutput = (operation, attributes, inputs) => {
    if (emulation === null || !products.has(operation)) return execute(operation, attributes, inputs);
    const current = emulation;
    emulation = null;
    try {
      const rounded = inputs.map((input) => (input.dtype === 'float32' ? roundToTf32(input) : input));
      const exact = execute(operation, attributes, rounded);
      return reordered(exact, current.sums++);
    } finally {
      emulation = current;
    }
  };
}

/** What `compute` gives with products in TF32. @param order draws the order of sums */
export function inTf32<Result>(order: number, compute: () => Result): Result {
  emulation = { sums: 1000 * order };
  try {
    return compute();
  } finally {
    emulation = null;
  }
}

/** The values of what a kernel is given, which need not be a tensor of the engine. */
function valuesOf({ dataId }: tf.TensorInfo): Float32Array {
  return Float32Array.from(nodeBackend().readSync(dataId));
}

/** To the nearest number of 10 bits of mantissa, ties to even; infinite and NaN stay. */
function roundToTf32(tensor: tf.TensorInfo): tf.Tensor {
  const values = valuesOf(tensor);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < bits.length; i++) {
    if ((bits[i] & 0x7f800000) === 0x7f800000) continue;
    bits[i] = (bits[i] + 0xfff + ((bits[i] >>> 13) & 1)) & 0xffffe000;
  }
  return tf.tensor(values, tensor.shape);
}

/** Sums in another order: each differs in its last bits, by 2⁻²⁰ of itself at most. */
function reordered(sums: tf.Tensor, seed: number): tf.Tensor {
  const values = valuesOf(sums);
  const drawn = tf.randomUniform([values.length], -1, 1, 'float32', seed).dataSync();
  for (let i = 0; i < values.length; i++) values[i] *= 1 + drawn[i] * 2 ** -20;
  return tf.tensor(values, sums.shape);
}
