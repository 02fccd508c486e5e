// The Python packages that tests compare with, in versions that are known to work.

/** Packages that are installed together. */
export interface Packages {
  /** What messages call them. */
  readonly title: string;
  /** Roughly what they take. */
  readonly size: string;
  readonly requirements: readonly string[];
  /** pip's options for them, besides the usual ones. */
  readonly options: readonly string[];
  /** The environment variable that must be 1 before they are installed, except in CI (`CI=true`): so large are they. */
  readonly askedBy?: string;
}

/** Versions with ready-made packages for Python 3.9 and for Python 3.10 to 3.13. */
export const scientificPackages: Packages = {
  title: 'NumPy, SciPy and scikit-learn',
  size: '70 MB to download, 270 MB on the disk',
  requirements: [
    'numpy==2.0.2; python_version < "3.10"',
    'scipy==1.13.1; python_version < "3.10"',
    'scikit-learn==1.6.1; python_version < "3.10"',
    'numpy==2.2.6; python_version >= "3.10"',
    'scipy==1.15.3; python_version >= "3.10"',
    'scikit-learn==1.7.2; python_version >= "3.10"',
  ],
  options: [],
};

/** TensorBoard with what its readers need besides NumPy; left to itself it would bring gRPC, Pillow and a web server. */
export const tensorboardPackages: Packages = {
  title: 'TensorBoard',
  size: '6 MB to download, 15 MB on the disk',
  requirements: ['tensorboard==2.20.0', 'protobuf==6.33.6', 'absl-py==2.3.1', 'packaging==25.0'],
  options: ['--no-deps', '--no-compile'],
};

/**
 * aeon with what its readers of data files need besides NumPy. Left to itself it would bring Numba with LLVM (200 MB), for whose
 * list type alone it asks here; scripts put something else in its place.
 */
export const aeonPackages: Packages = {
  title: 'aeon and pandas',
  size: '20 MB to download, 72 MB on the disk',
  requirements: [
    'aeon==1.0.0; python_version < "3.11"',
    'aeon==1.6.0; python_version >= "3.11"',
    'pandas==2.3.3',
    'python-dateutil==2.9.0.post0',
    'pytz==2025.2',
    'six==1.17.0',
    'deprecated==1.3.1',
    'wrapt==1.17.3',
    'packaging==25.0',
  ],
  options: ['--no-deps', '--no-compile'],
};

/** MLflow with its server and its client. */
export const mlflowPackages: Packages = {
  title: 'MLflow',
  size: '250 MB to download, 850 MB on the disk',
  requirements: ['mlflow==3.17.2'],
  options: ['--no-cache-dir', '--no-compile'],
  askedBy: 'MASQ_TEST_MLFLOW',
};

/** The libraries without which PyTorch for Linux does not load, whether it computes on a graphics card or not. */
const cudaLibraries = [
  'nvidia-cublas==13.4.1.3',
  'nvidia-cuda-cupti==13.2.86',
  'nvidia-cuda-nvrtc==13.2.86',
  'nvidia-cuda-runtime==13.2.86',
  'nvidia-cudnn-cu13==9.26.0.51',
  'nvidia-cufft==12.2.0.57',
  'nvidia-cufile==1.17.1.22',
  'nvidia-cusparse==12.7.10.12',
  'nvidia-cusparselt-cu13==0.8.1',
  'nvidia-nccl-cu13==2.30.7',
  'nvidia-nvjitlink==13.5.37',
  'nvidia-nvshmem-cu13==3.7.2',
];

/**
 * PyTorch as in bench/peers.mjs with what it needs to compute on a processor, and timm with what its layers need. Left to
 * themselves they would bring Triton, cuSOLVER, torchvision and more. (timm 1.0.31 has a gather-excite that does not run.)
 */
export const torchPackages: Packages = {
  title: 'PyTorch and timm',
  size: 'on Linux, for which PyTorch has the CUDA libraries in it: 2.4 GB to download, 3.9 GB on the disk',
  requirements: [
    'torch==2.15.0',
    'timm==1.0.19',
    'typing-extensions==4.15.0',
    'filelock==3.20.0',
    ...cudaLibraries.map((library) => `${library}; platform_system == "Linux"`),
  ],
  // Few of their modules are ever imported, so none is compiled beforehand.
  options: ['--no-deps', '--no-cache-dir', '--no-compile'],
  askedBy: 'MASQ_TEST_TORCH',
};
