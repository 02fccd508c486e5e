// How a TensorFlow operation that stock tfjs does not use becomes a kernel of the backend `tensorflow`.
import tf from '#tfjs';
import type { NativeAttributes, NativeKernel } from '../kernels/native.js';

/** An attribute of an operation, as the binding of tfjs-node takes it. */
export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | string | boolean | readonly number[];
}

/** What the kernels use of the backend of tfjs-node. */
export interface TensorflowBackend {
  readonly binding: {
    readonly TF_ATTR_TYPE: number;
    readonly TF_ATTR_INT: number;
    readonly TF_ATTR_FLOAT: number;
    readonly TF_ATTR_BOOL: number;
    readonly TF_ATTR_STRING: number;
  };
  executeSingleOutput(
    operation: string,
    attributes: readonly Attribute[],
    inputs: readonly tf.TensorInfo[],
  ): tf.TensorInfo;
  executeMultipleOutputs(
    operation: string,
    attributes: readonly Attribute[],
    inputs: readonly tf.TensorInfo[],
    outputs: number,
  ): tf.TensorInfo[];
}

/** Numbers of TensorFlow's data types (`TF_DataType` in tensorflow/c/tf_datatype.h). */
export const dataTypes = { float32: 1, int32: 3, int64: 9, bool: 10, bfloat16: 14 } as const;

/** The number of attributes that are types (`TF_ATTR_TYPE` in tensorflow/c/tf_attrtype.h). */
export const typeAttribute = 4;

/** Attributes by name, each of the kind that its function gives. */
export const attribute = {
  type: ({ binding }: TensorflowBackend, name: string, value: keyof typeof dataTypes): Attribute => ({
    name,
    type: binding.TF_ATTR_TYPE,
    value: dataTypes[value],
  }),
  int: ({ binding }: TensorflowBackend, name: string, value: number | readonly number[]): Attribute => ({
    name,
    type: binding.TF_ATTR_INT,
    value,
  }),
  float: ({ binding }: TensorflowBackend, name: string, value: number): Attribute => ({
    name,
    type: binding.TF_ATTR_FLOAT,
    value,
  }),
  bool: ({ binding }: TensorflowBackend, name: string, value: boolean): Attribute => ({
    name,
    type: binding.TF_ATTR_BOOL,
    value,
  }),
  string: ({ binding }: TensorflowBackend, name: string, value: string): Attribute => ({
    name,
    type: binding.TF_ATTR_STRING,
    value,
  }),
};

/** What a kernel gets: its inputs by name, its attributes, and the backend to execute operations with. */
export interface KernelCall<Attributes extends NativeAttributes = NativeAttributes> {
  readonly inputs: Readonly<Record<string, tf.TensorInfo>>;
  readonly attributes: Attributes;
  readonly backend: TensorflowBackend;
}

/** Registers a kernel with the backend `tensorflow`. */
export function register<Attributes extends NativeAttributes = NativeAttributes>(
  kernelName: NativeKernel,
  kernel: (call: KernelCall<Attributes>) => tf.TensorInfo | tf.TensorInfo[],
): void {
  tf.registerKernel({
    kernelName,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs, backend }) =>
      kernel({
        inputs: inputs as Readonly<Record<string, tf.TensorInfo>>,
        attributes: attrs as Attributes,
        backend: backend as unknown as TensorflowBackend,
      }),
  });
}
