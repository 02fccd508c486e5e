// What an engine takes out of TensorFlow's and NVIDIA's wheels, and what they say about CUDA.
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CudaBuild } from './cache.js';
import { downloadWheels, extractWheel, type DownloadReport } from './download.js';
import type { Variant } from './variants.js';
import { wheelsOf } from './wheels.js';

/** What is being done to which wheel; `done` and `total` are bytes where they are known. */
export interface CollectProgress {
  step: 'download' | 'unpack';
  subject: string;
  done: number | null;
  total: number | null;
}

/** Downloads the variant's wheels and leaves libraries and headers in `built`; gives what they say about CUDA. */
export async function collectLibraries(
  variant: Variant,
  wheels: string,
  built: string,
  report: (progress: CollectProgress) => void,
  signal?: AbortSignal,
): Promise<CudaBuild | null> {
  await mkdir(built);
  const listed = wheelsOf(variant);
  const files = [...tensorflowFiles, ...(variant === 'cuda' ? nvidiaFiles : [])];
  const say =
    (step: CollectProgress['step']): DownloadReport =>
    (subject, done, total) => {
      report({ step, subject, done, total });
    };
  // One after another, so that never more than one of them lies beside what is unpacked.
  for (const { name, version } of listed) {
    await mkdir(wheels);
    const requirement = `${name}==${version}`;
    const downloaded = await downloadWheels([requirement], wheels, { signal, report: say('download') });
    for (const wheel of downloaded)
      await extractWheel(wheel, built, files, { signal, report: say('unpack') });
    await rm(wheels, { recursive: true });
  }
  if (variant === 'cpu') return null;
  await placeOnRunPaths(join(built, 'nvidia'));
  const build = readBuildInfo(await readFile(join(built, buildInfo), 'utf8'));
  await rm(join(built, 'tensorflow', 'python'), { recursive: true });
  const nvidia = listed.filter(({ name }) => name.startsWith('nvidia-'));
  return { ...build, packages: Object.fromEntries(nvidia.map(({ name, version }) => [name, version])) };
}

/** The two libraries, and the headers that the addons' sources include. */
const tensorflowFiles = [
  'tensorflow/libtensorflow_cc.so.2',
  'tensorflow/libtensorflow_framework.so.2',
  'tensorflow/include/tensorflow/c/*',
  'tensorflow/include/tensorflow/core/platform/ctstring*.h',
  'tensorflow/include/tensorflow/core/common_runtime/next_pluggable_device/c/*.h',
  'tensorflow/include/tsl/platform/ctstring*.h',
  'tensorflow/include/tsl/platform/platform.h',
  'tensorflow/include/xla/tsl/c/*',
];

/** A module of Python in which the CUDA wheel says what it was built with. */
const buildInfo = 'tensorflow/python/platform/build_info.py';

/**
 * NVIDIA's libraries, in the folders that TensorFlow's run path names; and beside them what it runs to compile kernels,
 * in `../nvidia/cuda_nvcc` as seen from its own folder.
 */
const nvidiaFiles = [
  buildInfo,
  'nvidia/*/lib/*.so.*',
  'nvidia/cuda_nvcc/bin/*',
  'nvidia/cuda_nvcc/nvvm/libdevice/*',
];

/**
 * Moves two packages' libraries beside another's, where those that open them look. NVIDIA's own run paths are
 * `$ORIGIN/../../<package>/lib`, so that they find the same neighbours there.
 */
async function placeOnRunPaths(nvidia: string): Promise<void> {
  for (const [name, neighbour] of [
    // TensorFlow opens all of NVIDIA's libraries from libtensorflow_framework.so.2, whose run path lacks cuSOLVER's
    // folder (that of libtensorflow_cc.so.2 has it), and takes no card where it cannot open one of them.
    ['cusolver', 'cusparse'],
    // cuDNN looks for NVRTC in nvidia/nvrtc and nvidia/cublas, cuBLAS beside itself, and nobody in nvidia/cuda_nvrtc.
    ['cuda_nvrtc', 'cublas'],
  ]) {
    const from = join(nvidia, name, 'lib');
    for (const file of await readdir(from))
      await rename(join(from, file), join(nvidia, neighbour, 'lib', file));
    await rm(join(nvidia, name), { recursive: true });
  }
}

/** Takes two entries out of the text of `build_info.py`. Throws an `Error` where they are not there. */
export function readBuildInfo(text: string): Pick<CudaBuild, 'builtWith' | 'capabilities'> {
  const builtWith = /'cuda_version', '([\d.]+)'/.exec(text)?.[1];
  const list = /'cuda_compute_capabilities', \[([^\]]*)\]/.exec(text)?.[1];
  const capabilities = [...(list ?? '').matchAll(/'(\w+)'/g)].map(([, name]) => name);
  if (builtWith === undefined || capabilities.length === 0) {
    throw new Error(
      `${buildInfo} in TensorFlow's wheel does not say which CUDA and which cards it was built for.`,
    );
  }
  return { builtWith, capabilities };
}
