// A driver that answers as a real one does, for tests on machines without one.
import type { DriverSources } from '../../src/engine/driver.js';

/** A machine with driver 535.104.05 and one A100, and whatever `different` says otherwise. */
export function fakeDriver(different: Partial<DriverSources> = {}): DriverSources {
  return {
    kernelModule: () =>
      'NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\n' +
      'GCC version:  gcc version 11.4.0 (Ubuntu 11.4.0-1ubuntu1~22.04)\n',
    loadLibrary: () => undefined,
    nvidiaSmi: () => '535.104.05, NVIDIA A100-SXM4-40GB, 40960, 8.0, GPU-8f6ad7f1-5c3a\n',
    visible: undefined,
    ...different,
  };
}

/** A source that throws. */
export function fails(message: string): () => never {
  return () => {
    throw new Error(message);
  };
}
