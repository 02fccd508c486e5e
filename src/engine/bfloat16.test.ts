import { fails, fakeDriver } from '../../test/support/driver.js';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { bfloat16Support, type MachineReports } from './bfloat16.js';
import { probeDriver, type DriverSources } from './driver.js';

function machine(reports: Partial<MachineReports>): MachineReports {
  const missing = fails('no such thing');
  return { architecture: 'x64', cpuinfo: missing, driver: missing, ...reports };
}

const cpuinfo = (flags: string) => () =>
  `processor\t: 0\nmodel name\t: Imaginary 9000\nflags\t\t: fpu ${flags} sse2\n\nprocessor\t: 1\n`;

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('bfloat16Support of a processor', () => {
  test.each(['avx512_bf16', 'amx_bf16'])('is there with the flag %s', (flag) => {
    const support = bfloat16Support('cpu', machine({ cpuinfo: cpuinfo(flag) }));
    expect(support).toEqual({ supported: true, reason: null });
  });

  test('is missing without, with the reason', () => {
    expect(bfloat16Support('cpu', machine({ cpuinfo: cpuinfo('avx512f') }))).toEqual({
      supported: false,
      reason: 'Imaginary 9000 has no bfloat16 instructions (avx512_bf16 or amx_bf16).',
    });
    expect(bfloat16Support('cpu', machine({})).reason).toBe(
      'Whether cpu computes in bfloat16 cannot be found out: no such thing.',
    );
  });

  test('is missing on other processors than x64, which masq does not use it on', () => {
    const arm = { architecture: 'arm64', cpuinfo: () => 'processor\t: 0\nFeatures\t: fp asimd bf16\n' };
    expect(bfloat16Support('cpu', machine(arm))).toEqual({
      supported: false,
      reason: 'masq uses bfloat16 on x64 processors and on graphics cards only, and this one is arm64.',
    });
  });

  test('is missing where TensorFlow is told not to use it', () => {
    vi.stubEnv('TF_ENABLE_ONEDNN_OPTS', '0');
    const { reason } = bfloat16Support('cpu', machine({ cpuinfo: cpuinfo('amx_bf16') }));
    expect(reason).toContain('TF_ENABLE_ONEDNN_OPTS=0');
  });
});

describe('bfloat16Support of a graphics card', () => {
  const nvidiaSmi = (): string =>
    ['7.5, GPU-a0', '8.6, GPU-b1', '9.0, GPU-c2', '10.0, GPU-d3']
      .map((last) => `535.54, NVIDIA Imaginary, 40960, ${last}\n`)
      .join('');
  const cards = (different: Partial<DriverSources> = {}) =>
    machine({ driver: () => probeDriver(fakeDriver({ nvidiaSmi, ...different })) });

  test('needs compute capability 8.0', () => {
    expect(bfloat16Support('gpu', cards())).toEqual({
      supported: false,
      reason: 'gpu has compute capability 7.5, bfloat16 needs 8.0 or more.',
    });
    expect(bfloat16Support('gpu:1', cards()).supported).toBe(true);
    expect(bfloat16Support('gpu:3', cards()).supported).toBe(true);
  });

  test.each([
    ['2,0', [true, false]],
    ['GPU-a0,GPU-b', [false, true]],
    ['GPU-x', [false]],
  ])('counts the visible cards, by number and by UUID: CUDA_VISIBLE_DEVICES=%s', (visible, expected) => {
    const found = expected.map((_, n) => bfloat16Support(`gpu:${n}`, cards({ visible })).supported);
    expect(found).toEqual(expected);
  });

  test('is refused where nvidia-smi does not tell, with the reason', () => {
    const broken = cards({ nvidiaSmi: fails('Driver/library version mismatch') });
    expect(bfloat16Support('gpu', broken).reason).toBe(
      'Whether gpu computes in bfloat16 cannot be found out: Driver/library version mismatch.',
    );
    expect(bfloat16Support('gpu:4', cards()).reason).toContain('nvidia-smi does not list it');
  });
});
