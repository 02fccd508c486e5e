// What a run records of the card that computes, and what it says of another one, with a driver that answers as real ones do.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fakeDriver } from '../../test/support/driver.js';
import { installFakeEngines } from '../../test/support/fakeEngine.js';
import { cardUsed } from '../engine/cards.js';
import { probeDriver, type DriverSources } from '../engine/driver.js';
import type { Engine } from '../engine/index.js';
import { resolveConfig } from './config.js';
import { bitIdentityWarning, describeEnvironment } from './environment.js';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'masq-environment-'));
  vi.stubEnv('MASQ_CACHE', cache);
  vi.stubEnv('NVIDIA_TF32_OVERRIDE', undefined);
  installFakeEngines('cuda');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});

const config = resolveConfig({
  name: 'a',
  data: { train: 'data/JapaneseVowels/JapaneseVowels_TEST.ts' },
  model: 'fcn',
  train: { deterministic: true, precision: 'bfloat16' },
});
const engineOn = (device: Engine['device']): Engine => ({
  ...{ backend: 'tensorflow', tensorflow: '2.21.0', tfjs: '4.22.0', variant: 'cuda', warning: null },
  ...{ device, threads: 2 },
});
/** The card of a machine with two A100, and whatever is different. */
const card = (different: Partial<DriverSources> = {}) =>
  cardUsed('gpu:1', probeDriver(fakeDriver({ nvidiaSmi: two('8.0'), ...different })));
const two =
  (capability: string, name = 'NVIDIA A100-SXM4-40GB') =>
  (): string =>
    `535.104.05, NVIDIA T4, 15360, 7.5, GPU-1\n535.104.05, ${name}, 40960, ${capability}, GPU-2\n`;

it('the environment names the card, its driver and libraries, and how it multiplies', async () => {
  const environment = await describeEnvironment(engineOn('gpu:1'), config, [], card());
  expect(environment).toMatchObject({
    device: 'gpu:1',
    card: {
      name: 'NVIDIA A100-SXM4-40GB',
      memoryBytes: 40960 * 2 ** 20,
      computeCapability: '8.0',
      driver: '535.104.05',
      cuda: '12.9.79',
      cudnn: '9.10.2.21',
      tf32: true,
      deterministic: true,
    },
    precision: 'bfloat16',
    xla: false,
  });
});

it('TF32 is told as the card and NVIDIA_TF32_OVERRIDE have it; the processor has nothing of a card', async () => {
  expect(card({ nvidiaSmi: two('7.0') })?.tf32).toBe(false);
  expect(card({ nvidiaSmi: two('[Not Supported]') })?.tf32).toBeNull();
  vi.stubEnv('NVIDIA_TF32_OVERRIDE', '0');
  expect(card()?.tf32).toBe(false);
  const environment = await describeEnvironment(engineOn('cpu'), config, []);
  expect(environment).not.toHaveProperty('card');
});

it('a run on a card without train.deterministic is warned in one line, on the same card too', async () => {
  const plain = { ...config, train: { ...config.train, deterministic: false } };
  const begun = await describeEnvironment(engineOn('gpu:1'), plain, [], card());
  expect(bitIdentityWarning(begun, engineOn('gpu:1'), card())).toMatch(
    /^On a graphics card no run repeats to the bit without train\.deterministic: it will not end to the bit as .*\.$/,
  );
});

it('a run that goes on on another card, driver or device is warned in one line; on another card of the same kind it is not', async () => {
  const begun = await describeEnvironment(engineOn('gpu:1'), config, [], card());
  expect(bitIdentityWarning(begun, engineOn('gpu:1'), card())).toBeNull();
  expect(bitIdentityWarning(begun, engineOn('gpu:0'), card())).toBeNull();
  const kernelModule = (): string => 'Kernel Module  570.86.15  Release Build';
  const other = card({ kernelModule, nvidiaSmi: two('9.0', 'NVIDIA H200') });
  expect(bitIdentityWarning(begun, engineOn('gpu:1'), other)).toBe(
    'Since the run was begun, card was NVIDIA A100-SXM4-40GB and is NVIDIA H200, driver was 535.104.05 and is 570.86.15: it ' +
      'will not end to the bit as it would have without the interruption. Weights, optimizer and order of batches are exactly ' +
      'those of the checkpoint.',
  );
  expect(bitIdentityWarning(begun, engineOn('cpu'), null)).toMatch(
    /^Since the run was begun, device was gpu and is cpu: it will not end to the bit/,
  );
});
