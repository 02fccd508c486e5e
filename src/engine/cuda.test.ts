// Each reason why a card is not used, from a driver that says so.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fails, fakeDriver } from '../../test/support/driver.js';
import { engineFolder } from './cache.js';
import {
  chosenCardProblem,
  countVisible,
  installationProblem,
  libraryFault,
  machineProblem,
  suitableVariant,
} from './cuda.js';
import { probeDriver, type DriverSources } from './driver.js';

function problem(different: Partial<DriverSources> = {}): string | null {
  return machineProblem(probeDriver(fakeDriver(different)));
}

const noFile = fails('ENOENT: no such file or directory');
const noLibrary = fails('libcuda.so.1: cannot open shared object file: No such file or directory');

describe('why the machine cannot use a card', () => {
  it('is nothing with a driver and a card that will do', () => {
    expect(problem()).toBeNull();
    expect(problem({ kernelModule: noFile })).toBeNull();
    expect(problem({ visible: '0' })).toBeNull();
    expect(problem({ visible: 'GPU-8932f937-d72c-4106-c12f-20bd9faed9f6' })).toBeNull();
    // Where nvidia-smi is not there or does not tell the capability, TensorFlow itself shall say.
    const noProgram = (): never => {
      throw Object.assign(new Error('spawnSync nvidia-smi ENOENT'), { code: 'ENOENT' });
    };
    expect(problem({ nvidiaSmi: noProgram })).toBeNull();
    expect(problem({ nvidiaSmi: () => '535.54, Tesla T4, 15360, [Not Supported], GPU-4d' })).toBeNull();
  });

  it.each<[string, Partial<DriverSources>, string]>([
    [
      'no driver',
      { kernelModule: noFile, loadLibrary: noLibrary },
      'No NVIDIA driver is loaded on this machine: there is no /proc/driver/nvidia/version, and the loader says ' +
        '"libcuda.so.1: cannot open shared object file: No such file or directory". For an NVIDIA card, install its ' +
        'driver, 525.60.13 or later, and see that nvidia-smi lists the card.',
    ],
    [
      'a driver that is too old',
      {
        kernelModule: () =>
          'NVRM version: NVIDIA UNIX x86_64 Kernel Module  525.60.11  Wed Nov 23 23:04:03 UTC 2022',
      },
      'The NVIDIA driver is version 525.60.11, and CUDA 12 needs 525.60.13 or later. Upgrade the driver, then run: ' +
        'masq engine info',
    ],
    [
      'a driver of Windows that is too old',
      { kernelModule: noFile, nvidiaSmi: () => '516.94, NVIDIA GeForce RTX 3060, 12288, 8.6, GPU-3b\n' },
      'The NVIDIA driver is version 516.94, and CUDA 12 needs 527.41 or later. Upgrade the driver of Windows, then ' +
        'run: masq engine info',
    ],
    [
      "a container without the driver's library",
      { loadLibrary: noLibrary },
      'The NVIDIA driver 535.104.05 is loaded, but one of its libraries is not to be had: the loader says ' +
        '"libcuda.so.1: cannot open shared object file: No such file or directory". In a container, start it with the ' +
        "NVIDIA Container Toolkit (docker run --gpus all …); else install the driver's libraries (Debian: libcuda1 and " +
        'libnvidia-ml1, Ubuntu: libnvidia-compute-…).',
    ],
    [
      "a container without the driver's management library",
      {
        loadLibrary: (name) => {
          if (name === 'libnvidia-ml.so.1') throw new Error(`${name}: cannot open shared object file`);
        },
      },
      'The NVIDIA driver 535.104.05 is loaded, but one of its libraries is not to be had: the loader says ' +
        '"libnvidia-ml.so.1: cannot open shared object file". In a container, start it with the NVIDIA Container Toolkit ' +
        "(docker run --gpus all …) and NVIDIA_DRIVER_CAPABILITIES=compute,utility; else install the driver's libraries " +
        '(Debian: libcuda1 and libnvidia-ml1, Ubuntu: libnvidia-compute-…).',
    ],
    [
      'a driver that was upgraded under way',
      { nvidiaSmi: fails('Failed to initialize NVML: Driver/library version mismatch') },
      'The NVIDIA driver does not work; nvidia-smi says: Failed to initialize NVML: Driver/library version mismatch ' +
        'The driver was upgraded since it was loaded: restart the machine (in a container: the host, then the container).',
    ],
    [
      'a driver that does not answer',
      { nvidiaSmi: fails("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.") },
      "The NVIDIA driver does not work; nvidia-smi says: NVIDIA-SMI has failed because it couldn't communicate with " +
        'the NVIDIA driver. Mend the driver until nvidia-smi lists the card.',
    ],
    [
      'no card',
      { nvidiaSmi: fails('No devices were found') },
      'The NVIDIA driver is loaded, but nvidia-smi finds no card. See that the card is plugged in and given to this ' +
        'machine or container, and ask nvidia-smi -L.',
    ],
    [
      'cards that are hidden',
      { visible: '' },
      'CUDA_VISIBLE_DEVICES is "", which hides every card. Unset it, or list the cards that may be used (e.g. 0).',
    ],
    [
      'cards that are too old',
      { nvidiaSmi: () => '535.54, Tesla M60, 8192, 5.2, GPU-1a\n535.54, Tesla K80, 11441, 3.7, GPU-2b\n' },
      "No card here is new enough: TensorFlow's CUDA variant needs compute capability 6.0 or more (Pascal, 2016), and " +
        'Tesla M60 has 5.2, Tesla K80 has 3.7.',
    ],
  ])('is %s', (_, different, sentence) => {
    expect(problem(different)).toBe(sentence);
  });

  it('is not one old card beside a newer one, nor a version with more digits than another', () => {
    expect(
      problem({
        nvidiaSmi: () => '535.54, Tesla M60, 8192, 5.2, GPU-1a\n535.54, Tesla P4, 7611, 6.1, GPU-2c\n',
      }),
    ).toBeNull();
    expect(problem({ nvidiaSmi: () => '580.65, NVIDIA B200, 183359, 10.0, GPU-5e\n' })).toBeNull();
    const version = (text: string) => ({ kernelModule: () => `Kernel Module  ${text}  built` });
    expect(problem(version('525.60.13'))).toBeNull();
    expect(problem(version('525.105.17'))).toBeNull();
  });
});

it('the CUDA variant suits a machine whose driver and card will do, and no other', () => {
  expect(suitableVariant(probeDriver(fakeDriver()))).toBe('cuda');
  expect(suitableVariant(probeDriver(fakeDriver({ visible: '-1' })))).toBe('cpu');
  expect(suitableVariant(probeDriver(fakeDriver({ kernelModule: noFile, loadLibrary: noLibrary })))).toBe(
    'cpu',
  );
});

it('the card that is chosen has to be new enough, not just any', () => {
  const chosen = (n: number, visible?: string) =>
    chosenCardProblem(
      probeDriver(
        fakeDriver({
          visible,
          nvidiaSmi: () => '535.54, Tesla M60, 8192, 5.2, GPU-1\n535.54, Tesla P4, 7611, 6.1, GPU-2\n',
        }),
      ),
      n,
    );
  expect(chosen(0)).toBe(
    "Tesla M60, which is gpu:0, is not new enough: TensorFlow's CUDA variant needs compute capability 6.0 or more " +
      '(Pascal, 2016), and it has 5.2. Choose another card by its number, e.g. --device gpu:1.',
  );
  expect(chosen(1, '1,0')).toContain('Tesla M60, which is gpu:1,');
  expect([chosen(1), chosen(0, '1,0'), chosen(0, 'GPU-8932f937'), chosen(5)]).toEqual([
    null,
    null,
    null,
    null,
  ]);
});

it('CUDA takes the cards before the first entry that names none', () => {
  expect(['', '-1', '0', '0,1', '1,-1,0', 'GPU-89,GPU-32'].map(countVisible)).toEqual([0, 0, 1, 2, 1, 2]);
});

describe('an engine folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'masq-cuda-'));
    vi.stubEnv('MASQ_CACHE', folder);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  it('that is absent, or lacks a library: which one, and how to get it', () => {
    expect(installationProblem()).toBe(
      'TensorFlow with CUDA is not installed. To install it: masq engine install --cuda',
    );
    const engine = engineFolder('cuda');
    mkdirSync(engine, { recursive: true });
    const files = [{ path: 'nvidia/cudnn/lib/libcudnn_ops.so.9', bytes: 1, sha256: '' }];
    const manifest = { tensorflow: '2.21.0', tfjs: '4.22.0', compiler: 'g++', files };
    writeFileSync(join(engine, 'manifest.json'), JSON.stringify(manifest));
    expect(installationProblem()).toBe(
      `TensorFlow in ${engine} is damaged: nvidia/cudnn/lib/libcudnn_ops.so.9 is missing. To repair it: masq engine ` +
        'install --cuda',
    );
  });

  it('with a library that does not load: the loader says which', () => {
    const libraries = join(folder, 'nvidia', 'cublas', 'lib');
    mkdirSync(libraries, { recursive: true });
    const node = process.report.getReport() as { sharedObjects: string[] };
    const real = node.sharedObjects.find((path) => path.includes('/libm.so')) ?? '';
    symlinkSync(real, join(libraries, 'libcublas.so.12'));
    expect(libraryFault(folder)).toBeNull();
    writeFileSync(join(libraries, 'libcublasLt.so.12'), 'half a library');
    expect(libraryFault(folder)).toMatch(/libcublasLt\.so\.12: file too short$/);
  });
});
