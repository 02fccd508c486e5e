// Products as graphics cards compute them in TF32 (Ampere and later), on the processor: factors of convolutions and products of matrices are
// rounded to 10 bits of mantissa, and sums are float32 whose last bits depend on their order, which is drawn here.
import tf from '#tfjs';
import { nodeBackend, type Binding, type TensorMetadata } from '../../src/engine/program/backend.js';
import { registerTensorflowKernels } from '../../src/engine/tensorflow/index.js';
import { dataTypes } from '../../src/engine/tensorflow/register.js';

/** Operations that multiply in TF32: those of cuDNN and cuBLAS. BlockLSTM's, which are within it, are not emulated. */
const products = new Set([
  'Conv2D',
  'Conv2DBackpropFilter',
  'Conv2DBackpropInput',
  'MatMul',
  'BatchMatMulV2',
  '_FusedMatMul',
]);

/** What is drawn from, while products are emulated; null: in float32, as on processors. */
let emulation: { state: number } | null = null;

/** Products while they were emulated: how many were computed so, and how many operations by their names multiply in TF32. */
export const counts = { emulated: 0, executed: 0 };

/** Takes masq's own operations out of this process, which cards do not have, and has products emulated when told to. */
export function prepareEmulation(): void {
  for (const { kernelName } of tf.getKernelsForBackend('tensorflow')) {
    if (kernelName.startsWith('Masq')) tf.unregisterKernel(kernelName, 'tensorflow');
  }
  registerTensorflowKernels({ own: null });
  const backend = nodeBackend();
  backend.binding = emulating(backend.binding);
}

/** What `compute` gives with products in TF32. @param order draws the order of sums */
export function inTf32<Result>(order: number, compute: () => Result): Result {
  emulation = { state: order * 7919 };
  try {
    return compute();
  } finally {
    emulation = null;
  }
}

/** The binding, below all kernels: those of tfjs and masq's alike execute operations by it. */
function emulating(binding: Binding): Binding {
  // What the binding does not tell of a tensor by its number.
  const known = new Map<number, Omit<TensorMetadata, 'id'>>();
  const createTensor: Binding['createTensor'] = (shape, dtype, values) => {
    const id = binding.createTensor(shape, dtype, values);
    known.set(id, { shape: [...shape], dtype });
    return id;
  };
  const float32Of = (id: number): Float32Array => Float32Array.from(binding.tensorDataSync(id));
  const rounded = (id: number): number => {
    const { shape, dtype } = known.get(id) ?? { shape: [], dtype: NaN };
    return dtype === dataTypes.float32 ? binding.createTensor(shape, dtype, roundToTf32(float32Of(id))) : id;
  };
  const reordered = ({ id, shape, dtype }: TensorMetadata, draws: { state: number }): TensorMetadata => {
    const values = float32Of(id);
    binding.deleteTensor(id);
    return { id: binding.createTensor(shape, dtype, reorder(values, draws)), shape, dtype };
  };
  const executeOp: Binding['executeOp'] = (operation, attributes, inputs, outputs) => {
    if (emulation !== null && /Conv\dD|MatMul|Einsum/.test(operation) && !operation.startsWith('Depthwise'))
      counts.executed++;
    let results: TensorMetadata[];
    if (emulation !== null && products.has(operation)) {
      const draws = emulation;
      const factors = inputs.map(rounded);
      const exact = binding.executeOp(operation, attributes, factors, outputs);
      for (const [i, id] of factors.entries()) if (id !== inputs[i]) binding.deleteTensor(id);
      results = exact.map((sums) => reordered(sums, draws));
      counts.emulated++;
    } else results = binding.executeOp(operation, attributes, inputs, outputs);
    for (const { id, ...rest } of results) known.set(id, rest);
    return results;
  };
  return Object.create(binding, {
    createTensor: { value: createTensor },
    executeOp: { value: executeOp },
  }) as Binding;
}

/** To the nearest number of 10 bits of mantissa, ties to even; infinite and NaN stay. */
function roundToTf32(values: Float32Array): Float32Array {
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < bits.length; i++) {
    if ((bits[i] & 0x7f800000) === 0x7f800000) continue;
    bits[i] = (bits[i] + 0xfff + ((bits[i] >>> 13) & 1)) & 0xffffe000;
  }
  return values;
}

/** Sums in another order: each differs in its last bits, by 2⁻²⁰ of itself at most, as a linear congruential generator draws. */
function reorder(sums: Float32Array, draws: { state: number }): Float32Array {
  for (let i = 0; i < sums.length; i++) {
    draws.state = (Math.imul(draws.state, 1664525) + 1013904223) >>> 0;
    sums[i] *= 1 + (draws.state / 2 ** 31 - 1) * 2 ** -20;
  }
  return sums;
}
