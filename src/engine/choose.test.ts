// The variant that computes and the warning, by what is installed, what the driver says and what is asked for.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fails, fakeDriver } from '../../test/support/driver.js';
import { installFakeEngines } from '../../test/support/fakeEngine.js';

import { afterFailure, chooseVariant, reasonOf } from './choose.js';
import { probeDriver, type DriverProbe } from './driver.js';
import { machine } from './variants.js';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'masq-choose-'));
  vi.stubEnv('MASQ_CACHE', cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});

const withCard = (): DriverProbe => probeDriver(fakeDriver());
const withoutDriver = (): DriverProbe =>
  probeDriver(fakeDriver({ kernelModule: fails('ENOENT'), loadLibrary: fails('no such file') }));
const withOldDriver = (): DriverProbe =>
  probeDriver(fakeDriver({ kernelModule: () => 'Kernel Module  470.57.02  built' }));

it.skipIf(machine !== 'linux-x64')(
  'a card that can be used is used; without --device its absence is no warning',
  () => {
    installFakeEngines('cpu', 'cuda');
    expect(chooseVariant(undefined, withCard)).toEqual({ variant: 'cuda', warning: null });
    expect(chooseVariant('gpu', withCard)).toEqual({ variant: 'cuda', warning: null });
    expect(chooseVariant(undefined, withoutDriver)).toEqual({ variant: 'cpu', warning: null });
  },
);

it('--device cpu asks no driver', () => {
  installFakeEngines('cpu', 'cuda');
  expect(chooseVariant('cpu', fails('asked'))).toEqual({ variant: 'cpu', warning: null });
});

it.skipIf(machine !== 'linux-x64')(
  'a driver that cannot be used is a warning without --device, and an error with it',
  () => {
    installFakeEngines('cpu');
    const tooOld = 'The NVIDIA driver is version 470.57.02, and CUDA 12 needs 525.60.13 or later.';
    const { variant, warning } = chooseVariant(undefined, withOldDriver);
    expect(variant).toBe('cpu');
    expect(warning).toContain(`Computing on the processor, not on a graphics card. ${tooOld}`);
    expect(() => chooseVariant('gpu', withOldDriver)).toThrow(tooOld);
    expect(chooseVariant(undefined, withCard).warning).toContain('TensorFlow with CUDA is not installed.');
  },
);

it('the CUDA variant alone computes on the processor where there is no driver, and says so', () => {
  installFakeEngines('cuda');
  const { variant, warning } = chooseVariant(undefined, withoutDriver);
  expect(variant).toBe('cuda');
  expect(warning).toMatch(/^Computing on the processor, not on a graphics card\. \S/);
});

it('a CUDA variant that does not load gives way to the one for processors where that is installed and no card was asked for', () => {
  const cuda = { variant: 'cuda', warning: null } as const;
  const reason = 'TensorFlow does not load: libcudart.so.12: cannot open shared object file.';
  installFakeEngines('cuda');
  expect(afterFailure(cuda, undefined, reason)).toBeNull();
  installFakeEngines('cpu');
  const warning = `Computing on the processor, not on a graphics card. ${reason}`;
  expect(afterFailure(cuda, undefined, reason)).toEqual({ variant: 'cpu', warning });
  expect(reasonOf(warning)).toBe(reason);
  expect(afterFailure(cuda, 'gpu', reason)).toBeNull();
  expect(afterFailure({ variant: 'cpu', warning: null }, undefined, reason)).toBeNull();
});
