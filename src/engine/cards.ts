// The graphics cards that the engine could compute on.
import { engineFolder, inspectEngine, nvidiaVersion } from './cache.js';
import { cardNumber } from './choose.js';
import { cardProblem, countVisible, nthCard } from './cuda.js';
import { probeDriver, thisMachine, type Card, type DriverProbe, type DriverSources } from './driver.js';
import type { DeviceName } from './load.js';

/** The devices of this machine. */
export interface PresentDevices {
  /** `cpu`, then `gpu:0`, `gpu:1`, … */
  readonly devices: readonly DeviceName[];
  /** Why no card can be used, in whole sentences; null when one can. */
  readonly cardProblem: string | null;
}

/** What the engine can compute on here. */
export function presentDevices(probe: DriverProbe = probeDriver()): PresentDevices {
  const problem = cardProblem(probe);
  const cards =
    problem !== null
      ? 0
      : probe.visible === undefined
        ? (probe.cards?.length ?? 1)
        : countVisible(probe.visible);
  const numbered = Array.from({ length: cards }, (_, n): DeviceName => `gpu:${n}`);
  return { devices: ['cpu', ...numbered], cardProblem: problem };
}

/** How many cards there are, `gpu:0` being the first; 0 where none can be used. */
export function countCards(): number {
  return presentDevices().devices.length - 1;
}

/** The card that `gpu` or `gpu:N` is, as far as `nthCard` knows it. */
export function cardOf(device: DeviceName, probe: DriverProbe): Card | null {
  return nthCard(probe, cardNumber(device));
}

/**
 * Free memory in bytes of the card that this process computes on; null on the processor, on part of a card, and where nvidia-smi does not
 * tell.
 *
 * @param visible the value of CUDA_VISIBLE_DEVICES with which the engine leaves one card visible
 */
export function freeCardBytes(
  sources: DriverSources = thisMachine(),
  visible = process.env.CUDA_VISIBLE_DEVICES,
): number | null {
  const card = cardOf('gpu:0', { ...probeDriver(sources), visible });
  // Unknown of a part of a card, and what has no memory of its own.
  if (card?.memoryBytes == null) return null;
  try {
    const query = '--query-gpu=uuid,memory.free';
    const rows = sources.nvidiaSmi([query, '--format=csv,noheader,nounits']).split('\n');
    const free = rows.map((row) => row.split(',')).find(([uuid]) => uuid.trim() === card.uuid)?.[1];
    return Number(free) * 2 ** 20 || null;
  } catch {
    return null;
  }
}

/** What the numbers that a card computes depend on, to the bit. */
export interface CardUsed extends Pick<Card, 'name' | 'memoryBytes' | 'computeCapability'> {
  /** Versions, as far as they are told. */
  readonly driver: string | null;
  readonly cuda: string | null;
  readonly cudnn: string | null;
  /** Whether factors of float32 products are rounded to TF32; null where the card's compute capability is not told. */
  readonly tf32: boolean | null;
}

/** The card that a device is, for the record of what computed; null for the processor. */
export function cardUsed(device: DeviceName, probe: DriverProbe = probeDriver()): CardUsed | null {
  if (device === 'cpu') return null;
  const {
    name = 'unknown',
    memoryBytes = null,
    computeCapability = 'unknown',
  }: Partial<Card> = cardOf(device, probe) ?? {};
  const found = inspectEngine(engineFolder('cuda'));
  const build = found.state === 'whole' ? found.manifest.cuda : null;
  return {
    ...{ name, memoryBytes, computeCapability },
    driver: probe.version,
    cuda: nvidiaVersion(build, 'cuda-runtime'),
    cudnn: nvidiaVersion(build, 'cudnn'),
    tf32: multipliesInTf32(computeCapability),
  };
}

/**
 * TensorFlow rounds factors to TF32 where the card can (Ampere, 8.0, and later), unless NVIDIA's libraries are told not to
 * (https://docs.nvidia.com/cuda/cublas/index.html, `NVIDIA_TF32_OVERRIDE`).
 */
function multipliesInTf32(computeCapability: string): boolean | null {
  if (process.env.NVIDIA_TF32_OVERRIDE === '0') return false;
  return /^\d/.test(computeCapability) ? Number.parseInt(computeCapability, 10) >= 8 : null;
}
