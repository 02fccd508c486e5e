// The graphics cards that the engine could compute on.
import { cardProblem, countVisible } from './cuda.js';
import { probeDriver, type Card, type DriverProbe } from './driver.js';
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

/**
 * The card that `gpu` or `gpu:N` is: the N-th of those that CUDA_VISIBLE_DEVICES names by number or by the beginning of their UUID, else
 * of all. Null where nvidia-smi does not list it.
 */
export function cardOf(device: DeviceName, { cards, visible }: DriverProbe): Card | null {
  if (cards === null) return null;
  const n = Number(/:(\d+)$/.exec(device)?.[1] ?? 0);
  const name = visible === undefined ? `${n}` : (visible.split(',').at(n)?.trim() ?? '');
  if (/^\d+$/.test(name)) return cards.at(Number(name)) ?? null;
  // Part of a card (MIG) has a UUID of its own, which does not tell the card's.
  if (name.startsWith('MIG-')) return cards.length === 1 ? cards[0] : null;
  return cards.find(({ uuid }) => name !== '' && uuid.startsWith(name)) ?? null;
}
