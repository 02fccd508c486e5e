// The parts of the backend of tfjs-node that recording, loading and running graphs use.
import tf from '#tfjs';
import { dataTypes, type Attribute } from '../tensorflow/register.js';
import { CaptureError } from './captureError.js';

/** A tensor as the binding describes it. */
export interface TensorMetadata {
  readonly id: number;
  readonly shape: number[];
  /** Number of TensorFlow's data type. */
  readonly dtype: number;
}

export type HostValues = Float32Array | Int32Array | Uint8Array;

/** The native addon of tfjs-node. Its methods are read-only; an object with it as prototype may override them. */
export interface Binding {
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  createTensor(shape: readonly number[], dtype: number, values: ArrayLike<number>): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): HostValues;
  executeOp(
    operation: string,
    attributes: readonly Attribute[],
    inputs: readonly number[],
    outputs: number,
  ): TensorMetadata[];
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(
    id: number,
    inputs: readonly number[],
    inputNames: string,
    outputNames: string,
  ): TensorMetadata[];
}

export interface NodeBackend {
  binding: Binding;
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  createOutputTensor(metadata: TensorMetadata): tf.Tensor;
  read(dataId: object): Promise<HostValues>;
  readSync(dataId: object): HostValues;
}

/** @throws CaptureError where another backend computes */
export function nodeBackend(): NodeBackend {
  if (tf.getBackend() !== 'tensorflow') {
    // Before the first tensor tfjs has no backend, whatever its types say.
    const current = (tf.getBackend() as string | undefined) ?? 'none yet';
    throw new CaptureError(
      `Graphs need the backend "tensorflow", and tfjs computes with "${current}". Call await loadEngine() before; its ` +
        'result has a warning where TensorFlow is not installed (masq engine install).',
    );
  }
  return tf.backend() as unknown as NodeBackend;
}

/** The data types of tensors that go into and out of a program. */
export type DataType = 'float32' | 'int32' | 'bool';

/** The number of a data type. */
export function dataTypeNumber(dtype: tf.DataType): number {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dataTypes[dtype];
  throw new CaptureError(`A tensor is of type ${dtype}; programs take float32, int32 and bool.`);
}

/** The identifier of a tensor in the binding; values still on the host are moved to the device. */
export function tensorId(backend: NodeBackend, tensor: tf.TensorInfo): number {
  return backend.getInputTensorIds([tensor])[0];
}
