// Whether an error says that memory did not suffice.
import { messageOf } from '../shared/errors.js';

/**
 * TensorFlow's texts: of operations run one by one (status 8 is `RESOURCE_EXHAUSTED`, tsl/protobuf/error_codes.proto), of graphs, of
 * CUDA and cuDNN; and what Node says where a batch does not fit into an array.
 */
const texts =
  /OOM when allocating|Invalid TF_Status: 8\b|RESOURCE_EXHAUSTED|CUDA_ERROR_OUT_OF_MEMORY|CUDNN_STATUS_ALLOC_FAILED|Array buffer allocation failed/;

/** Whether an error of a tensor operation or of a program means that there was too little memory for it. */
export function isOutOfMemory(error: unknown): boolean {
  return texts.test(messageOf(error));
}
