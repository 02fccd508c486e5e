// The devices of a machine, by what the driver says and what is installed.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fails, fakeDriver } from '../../test/support/driver.js';
import { installFakeEngines } from '../../test/support/fakeEngine.js';
import { cardOf, freeCardBytes, presentDevices } from './cards.js';
import { probeDriver, type DriverSources } from './driver.js';
import { machine } from './variants.js';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'masq-cards-'));
  vi.stubEnv('MASQ_CACHE', cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});

const find = (different: Partial<DriverSources> = {}) => presentDevices(probeDriver(fakeDriver(different)));

it.skipIf(machine !== 'linux-x64')('every card that is visible is a device', () => {
  installFakeEngines('cuda');
  const nvidiaSmi = (): string =>
    '535.54, NVIDIA L4, 23034, 8.9, GPU-a\n535.54, NVIDIA L4, 23034, 8.9, GPU-b\n';
  expect(find({ nvidiaSmi })).toEqual({ devices: ['cpu', 'gpu:0', 'gpu:1'], cardProblem: null });
  expect(find({ nvidiaSmi, visible: '1' }).devices).toEqual(['cpu', 'gpu:0']);
});

it('without a driver or without the CUDA variant the processor is the only one, with the reason', () => {
  const absent = find();
  expect(absent.devices).toEqual(['cpu']);
  expect(absent.cardProblem).toMatch(/^TensorFlow with CUDA is not installed\.|published for linux-x64 only/);
  const without = find({ kernelModule: fails('ENOENT'), loadLibrary: fails('no such file') });
  expect(without.devices).toEqual(['cpu']);
  expect(without.cardProblem).toMatch(/^No NVIDIA driver is loaded|published for linux-x64 only/);
});

it('the free memory is that of the card that computes, and unknown where nvidia-smi does not tell it', () => {
  const told = (free: string) => (args: readonly string[]) =>
    args[0].endsWith('memory.free')
      ? `GPU-a, 100\nGPU-b, ${free}\n`
      : '535.54, NVIDIA L4, 23034, 8.9, GPU-a\n535.54, NVIDIA L4, 23034, 8.9, GPU-b\n';
  expect(freeCardBytes(fakeDriver({ nvidiaSmi: told('20000') }), '1')).toBe(20_000 * 2 ** 20);
  expect(freeCardBytes(fakeDriver({ nvidiaSmi: told('20000') }), 'GPU-b')).toBe(20_000 * 2 ** 20);
  expect(freeCardBytes(fakeDriver({ nvidiaSmi: told('[N/A]') }), '1')).toBeNull();
  expect(freeCardBytes(fakeDriver({ nvidiaSmi: fails('no answer') }), '1')).toBeNull();
});

it('a number names no card where CUDA counts several in an order of its own; a UUID does', () => {
  const nvidiaSmi = (): string =>
    '535.54, NVIDIA T400, 4096, 7.5, GPU-a\n535.54, NVIDIA H100, 81559, 9.0, GPU-b\n';
  const named = (visible?: string) =>
    cardOf('gpu:0', probeDriver(fakeDriver({ nvidiaSmi, visible })))?.name ?? null;
  vi.stubEnv('CUDA_DEVICE_ORDER', undefined);
  expect([named(), named('1')]).toEqual(['NVIDIA T400', 'NVIDIA H100']);
  vi.stubEnv('CUDA_DEVICE_ORDER', 'FASTEST_FIRST');
  expect([named(), named('1'), named('GPU-b')]).toEqual([null, null, 'NVIDIA H100']);
  expect(cardOf('gpu:0', probeDriver(fakeDriver()))?.name).toBe('NVIDIA A100-SXM4-40GB');
});

it('the memory of a part of a card is unknown, as nvidia-smi tells that of the whole', () => {
  const nvidiaSmi = ([query]: readonly string[]): string =>
    query.endsWith('memory.free') ? 'GPU-a, 40000\n' : '535.54, NVIDIA A100-SXM4-40GB, 40960, 8.0, GPU-a\n';
  const part = fakeDriver({ nvidiaSmi, visible: 'MIG-1234' });
  expect(cardOf('gpu:0', probeDriver(part))).toMatchObject({ computeCapability: '8.0', memoryBytes: null });
  expect(freeCardBytes(part, 'MIG-1234')).toBeNull();
});
