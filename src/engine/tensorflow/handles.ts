// Chains of TensorFlow operations on bare handles, for values that tfjs need not know about or has no type for
// (bfloat16, int64): only the last ones become tensors of tfjs.
import type tf from '#tfjs';
import { attribute, dataTypes, type Attribute, type TensorflowBackend } from './register.js';

/** A value of TensorFlow, as its binding describes it. */
export interface Handle {
  readonly id: number;
  readonly shape: number[];
  /** A number of `dataTypes`. */
  readonly dtype: number;
}

/** What a calculation is made of. */
export interface Operations {
  /** The value of a tensor. */
  valueOf(tensor: tf.TensorInfo): Handle;
  /** The first output of an operation. */
  execute(operation: string, attributes: readonly Attribute[], inputs: readonly Handle[]): Handle;
  /** So many outputs of an operation. */
  executeAll(
    operation: string,
    attributes: readonly Attribute[],
    inputs: readonly Handle[],
    outputs: number,
  ): Handle[];
  /** An int32 vector, as operations take shapes. */
  vector(values: readonly number[]): Handle;
  reshape(x: Handle, shape: readonly number[]): Handle;
  cast(x: Handle, type: keyof typeof dataTypes): Handle;
}

/** What tfjs-node has below its tensors. */
interface HandleBackend extends TensorflowBackend {
  readonly binding: TensorflowBackend['binding'] & {
    executeOp(
      operation: string,
      attributes: readonly Attribute[],
      inputs: number[],
      outputs: number,
    ): Handle[];
    createTensor(shape: number[], dtype: number, values: Int32Array): number;
    deleteTensor(id: number): void;
  };
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  createOutputTensor(handle: Handle): tf.TensorInfo;
}

/** Runs a calculation and frees all that it made but the result. */
export function calculate(
  backend: TensorflowBackend,
  calculation: (operations: Operations) => Handle,
): tf.TensorInfo {
  return calculateAll(backend, (operations) => [calculation(operations)])[0];
}

/** As `calculate`, for several results, all of them made by the calculation. */
export function calculateAll(
  plainBackend: TensorflowBackend,
  calculation: (operations: Operations) => readonly Handle[],
): tf.TensorInfo[] {
  const backend = plainBackend as HandleBackend;
  const { binding } = backend;
  const made = new Set<number>();
  const typeOf = (name: string, { dtype }: Handle): Attribute => ({
    name,
    type: binding.TF_ATTR_TYPE,
    value: dtype,
  });
  const executeAll: Operations['executeAll'] = (operation, attributes, inputs, count) => {
    const ids = inputs.map(({ id }) => id);
    const outputs = binding.executeOp(operation, attributes, ids, count);
    for (const { id } of outputs) made.add(id);
    return outputs;
  };
  const execute: Operations['execute'] = (...call) => executeAll(...call, 1)[0];
  const vector: Operations['vector'] = (values) => {
    const shape = [values.length];
    const id = binding.createTensor(shape, dataTypes.int32, Int32Array.from(values));
    made.add(id);
    return { id, shape, dtype: dataTypes.int32 };
  };
  const operations: Operations = {
    valueOf: (tensor) => ({
      id: backend.getInputTensorIds([tensor])[0],
      shape: tensor.shape,
      dtype: dataTypes[tensor.dtype as keyof typeof dataTypes],
    }),
    execute,
    executeAll,
    vector,
    reshape: (x, shape) =>
      execute('Reshape', [typeOf('T', x), attribute.type(backend, 'Tshape', 'int32')], [x, vector(shape)]),
    cast: (x, type) => {
      if (x.dtype === dataTypes[type]) return x;
      const truncate = attribute.bool(backend, 'Truncate', false);
      return execute('Cast', [typeOf('SrcT', x), attribute.type(backend, 'DstT', type), truncate], [x]);
    },
  };
  try {
    const results = calculation(operations);
    for (const { id } of results) made.delete(id);
    return results.map((result) => backend.createOutputTensor(result));
  } finally {
    // Values of a recording have no number that TensorFlow knows.
    for (const id of made) if (id >= 0) binding.deleteTensor(id);
  }
}
