// Whether an error says that memory did not suffice.
import { messageOf } from '../shared/errors.js';

/**
 * TensorFlow's texts: of operations run one by one (status 8 is `RESOURCE_EXHAUSTED`, tsl/protobuf/error_codes.proto), of graphs, of
 * a copy to a card that is full (https://github.com/tensorflow/tensorflow/issues/7025), of CUDA, cuDNN and cuBLAS, by name or as
 * text; and what Node says where a batch does not fit into an array.
 */
const texts = new RegExp(
  [
    'OOM when allocating',
    'Invalid TF_Status: 8\\b',
    'RESOURCE_EXHAUSTED',
    'Dst tensor is not initialized',
    'CUDA_ERROR_OUT_OF_MEMORY',
    'CUDNN_STATUS_ALLOC_FAILED',
    'CUDNN_STATUS_INTERNAL_ERROR_(?:HOST|DEVICE)_ALLOCATION_FAILED',
    'CUBLAS_STATUS_ALLOC_FAILED',
    'failed to create cublas handle: the resource allocation failed',
    'Array buffer allocation failed',
  ].join('|'),
);

/** Whether an error of a tensor operation or of a program means that there was too little memory for it. */
export function isOutOfMemory(error: unknown): boolean {
  return texts.test(messageOf(error));
}
