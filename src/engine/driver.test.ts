// What is asked of the driver, by answers of real drivers; the real sources with a program named nvidia-smi on PATH.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { hasDriver, loadShared, probeDriver, thisMachine } from './driver.js';
import { fails, fakeDriver } from '../../test/support/driver.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('reads the version, the cards and their memory', () => {
  expect(probeDriver(fakeDriver())).toEqual({
    version: '535.104.05',
    kernelModule: true,
    libraryProblem: null,
    managementProblem: null,
    cards: [
      {
        name: 'NVIDIA A100-SXM4-40GB',
        uuid: 'GPU-8f6ad7f1-5c3a',
        memoryBytes: 42_949_672_960,
        computeCapability: '8.0',
      },
    ],
    smiProblem: null,
    visible: undefined,
  });
});

it('reads the version of the open kernel module too, and under WSL, where there is none, that of nvidia-smi', () => {
  const open =
    'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build  (dvs-builder)\n' +
    'GCC version:  gcc version 12.2.0 (Debian 12.2.0-14)\n';
  expect(probeDriver(fakeDriver({ kernelModule: () => open })).version).toBe('570.86.15');
  const wsl = probeDriver(fakeDriver({ kernelModule: fails('ENOENT') }));
  expect(wsl).toMatchObject({ version: '535.104.05', kernelModule: false });
  expect(hasDriver(wsl)).toBe(true);
});

it('takes a card without memory of its own and one whose capability is not told', () => {
  const text =
    '580.65, NVIDIA GB10, [N/A], 12.1, GPU-6f\n580.65, Tesla K80, 11441, [Not Supported], GPU-2b\n';
  expect(probeDriver(fakeDriver({ nvidiaSmi: () => text })).cards).toEqual([
    { name: 'NVIDIA GB10', uuid: 'GPU-6f', memoryBytes: null, computeCapability: '12.1' },
    { name: 'Tesla K80', uuid: 'GPU-2b', memoryBytes: 11441 * 2 ** 20, computeCapability: '[Not Supported]' },
  ]);
});

it('does not run nvidia-smi where nothing else speaks of a driver', () => {
  const nvidiaSmi = vi.fn(() => '');
  const probe = probeDriver(
    fakeDriver({ kernelModule: fails('ENOENT'), loadLibrary: fails('no'), nvidiaSmi }),
  );
  expect(nvidiaSmi).not.toHaveBeenCalled();
  expect(hasDriver(probe)).toBe(false);
});

it('runs the nvidia-smi on PATH: its answer, and in one line what it says when it fails', () => {
  const folder = mkdtempSync(join(tmpdir(), 'masq-smi-'));
  const program = (script: string): void => {
    writeFileSync(join(folder, 'nvidia-smi'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  };
  vi.stubEnv('PATH', `${folder}:/bin:/usr/bin`);
  const { nvidiaSmi } = thisMachine();
  try {
    program('echo "550.54.14, NVIDIA L4, 23034, 8.9, GPU-7a"; echo "$1" >&2');
    expect(probeDriver(fakeDriver({ nvidiaSmi })).cards).toEqual([
      { name: 'NVIDIA L4', uuid: 'GPU-7a', memoryBytes: 23034 * 2 ** 20, computeCapability: '8.9' },
    ]);
    program(
      'echo "Failed to initialize NVML: Driver/library version mismatch"\necho "NVML library version: 535.183"; exit 18',
    );
    expect(probeDriver(fakeDriver({ nvidiaSmi }))).toMatchObject({
      cards: null,
      smiProblem: 'Failed to initialize NVML: Driver/library version mismatch NVML library version: 535.183',
    });
    vi.stubEnv('PATH', join(folder, 'nothing'));
    expect(probeDriver(fakeDriver({ nvidiaSmi }))).toMatchObject({ cards: null, smiProblem: null });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('asks the loader for a shared library: silent where it loads, the loader’s message where not', () => {
  expect(() => {
    loadShared('libm.so.6');
  }).not.toThrow();
  expect(() => {
    loadShared('libnowhere.so.1');
  }).toThrow('libnowhere.so.1: cannot open shared object file');
});
