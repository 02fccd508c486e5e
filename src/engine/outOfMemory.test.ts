// The errors that TensorFlow 2.21 gives, word by word, on a processor with little memory; and texts of cards, put together from those of
// TensorFlow, cuDNN and cuBLAS, none of them met here.
import { expect, test } from 'vitest';
import { isOutOfMemory } from './index.js';

test.each([
  [
    true,
    'Invalid TF_Status: 8\nMessage: OOM when allocating tensor with shape[200000,200000] and type float on ' +
      '/job:localhost/replica:0/task:0/device:CPU:0 by allocator cpu',
  ],
  [
    true,
    'Session fail to run with error: OOM when allocating tensor with shape[300000,300000] and type float on ' +
      '/job:localhost/replica:0/task:0/device:CPU:0 by allocator cpu\n\t [[{{node e0/node4}}]]',
  ],
  [true, 'Invalid TF_Status: 13\nMessage: Dst tensor is not initialized.'],
  [
    true,
    'Session fail to run with error: 2 root error(s) found.\n  (0) INTERNAL: Dst tensor is not initialized.',
  ],
  [true, 'Could not create cudnn handle: CUDNN_STATUS_ALLOC_FAILED'],
  [true, 'Could not create cudnn handle: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED'],
  [true, 'failed to create cublas handle: CUBLAS_STATUS_ALLOC_FAILED'],
  [true, 'failed to create cublas handle: the resource allocation failed'],
  [true, 'Array buffer allocation failed'],
  [false, 'Invalid TF_Status: 3\nMessage: Matrix size-incompatible: In[0]: [2,3], In[1]: [2,3]'],
  [false, 'Could not create cudnn handle: CUDNN_STATUS_NOT_INITIALIZED'],
  [false, 'failed to create cublas handle: cublas error'],
])('is out of memory: %s', (expected, message) => {
  expect(isOutOfMemory(new Error(message))).toBe(expected);
});
