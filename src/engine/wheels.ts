// The wheels that each variant of TensorFlow is made of: exact versions, so that every install gets the same files and
// can say their size before it asks for them. NVIDIA's are versions that the `and-cuda` extra of the TensorFlow wheel
// allows: the newest of CUDA 12, which know every card up to Blackwell; cuDNN 9.10.2, the last that knows cards from
// Pascal to Blackwell (https://docs.nvidia.com/deeplearning/cudnn/backend/v9.10.2/reference/support-matrix.html); and
// the oldest NCCL allowed, since masq computes on one card.
import { arch } from 'node:process';
import { tensorflowVersion, type Variant } from './variants.js';

/** A wheel by its name and version; `bytes` as the package index states them. */
export interface Wheel {
  readonly name: string;
  readonly version: string;
  readonly bytes: number;
}

/** What a variant is made of on this machine. */
export function wheelsOf(variant: Variant): readonly Wheel[] {
  if (variant === 'cuda') return cudaWheels;
  return arch === 'arm64'
    ? [{ name: 'tensorflow', version: tensorflowVersion, bytes: 281_946_471 }]
    : [{ name: 'tensorflow-cpu', version: tensorflowVersion, bytes: 274_000_871 }];
}

/** For x64; the wheel of TensorFlow for arm64 is built without CUDA. */
const cudaWheels: readonly Wheel[] = [
  { name: 'tensorflow', version: tensorflowVersion, bytes: 572_611_111 },
  { name: 'nvidia-cublas-cu12', version: '12.9.3.13', bytes: 581_217_458 },
  { name: 'nvidia-cuda-cupti-cu12', version: '12.9.79', bytes: 10_814_997 },
  { name: 'nvidia-cuda-nvcc-cu12', version: '12.9.86', bytes: 40_546_229 },
  { name: 'nvidia-cuda-nvrtc-cu12', version: '12.9.86', bytes: 89_568_129 },
  { name: 'nvidia-cuda-runtime-cu12', version: '12.9.79', bytes: 3_493_179 },
  { name: 'nvidia-cudnn-cu12', version: '9.10.2.21', bytes: 706_758_467 },
  { name: 'nvidia-cufft-cu12', version: '11.4.1.4', bytes: 200_877_592 },
  { name: 'nvidia-curand-cu12', version: '10.3.10.19', bytes: 68_295_626 },
  { name: 'nvidia-cusolver-cu12', version: '11.7.5.82', bytes: 338_117_415 },
  { name: 'nvidia-cusparse-cu12', version: '12.5.10.65', bytes: 366_465_088 },
  { name: 'nvidia-nccl-cu12', version: '2.27.7', bytes: 322_546_339 },
  { name: 'nvidia-nvjitlink-cu12', version: '12.9.86', bytes: 39_748_338 },
];
