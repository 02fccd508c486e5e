// Which of the installed variants of TensorFlow computes, and the warning where one would expect a card to.
import { engineFolder, inspectEngine } from './cache.js';
import { cardProblem, chosenCardProblem } from './cuda.js';
import { hasDriver, probeDriver, type DriverProbe } from './driver.js';
import type { DeviceName } from './load.js';
import type { Variant } from './variants.js';

/** The variant that computes; the warning is why no card does where one is to be expected, else null. */
export interface Choice {
  readonly variant: Variant;
  readonly warning: string | null;
}

/**
 * The installed variant that fits the device, with a warning where a card is to be expected and none can be used. Throws
 * with the reason when there is none.
 */
export function chooseVariant(device: DeviceName | undefined, ask: () => DriverProbe = probeDriver): Choice {
  if (device === 'cpu') return { variant: installedVariant(), warning: null };
  const probe = ask();
  const problem = cardProblem(probe) ?? chosenCardProblem(probe, cardNumber(device));
  if (problem === null) return { variant: 'cuda', warning: null };
  if (device !== undefined) throw new Error(problem);
  const variant = installedVariant();
  const cardExpected = variant === 'cuda' || hasDriver(probe);
  return { variant, warning: cardExpected ? computesOnProcessor(problem) : null };
}

/**
 * What computes instead of a variant that does not load, which a library of the system may be missing for: of the CUDA variant the one for
 * processors, unless a card was asked for; null where there is nothing.
 *
 * @param reason in whole sentences
 */
export function afterFailure(
  { variant }: Choice,
  device: DeviceName | undefined,
  reason: string,
): Choice | null {
  if (variant !== 'cuda' || needsCard(device)) return null;
  if (inspectEngine(engineFolder('cpu')).state !== 'whole') return null;
  return { variant: 'cpu', warning: computesOnProcessor(reason) };
}

/** The variant for processors, else the other, that is installed and whole; throws with the reason when none is. */
function installedVariant(): Variant {
  const damages: string[] = [];
  for (const variant of ['cpu', 'cuda'] as const) {
    const folder = engineFolder(variant);
    const found = inspectEngine(folder);
    if (found.state === 'whole') return variant;
    if (found.state === 'damaged') damages.push(`TensorFlow in ${folder} is damaged: ${found.problem}.`);
  }
  const [reason = 'TensorFlow is not installed.'] = damages;
  throw new Error(`${reason} To ${damages.length > 0 ? 'repair' : 'install'} it: masq engine install`);
}

const onProcessor = 'Computing on the processor, not on a graphics card. ';

/** The warning that goes with a reason why no card computes. */
export function computesOnProcessor(problem: string): string {
  return onProcessor + problem;
}

/** The reason that a warning gives. */
export function reasonOf(warning: string): string {
  return warning.startsWith(onProcessor) ? warning.slice(onProcessor.length) : warning;
}

/** The N of `gpu:N`; 0 for any other device. */
export function cardNumber(device: DeviceName | undefined): number {
  return Number(/^gpu:(\d+)$/.exec(device ?? '')?.[1] ?? 0);
}

/** Whether a card was asked for. */
export function needsCard(device: DeviceName | undefined): device is Exclude<DeviceName, 'cpu'> {
  return device !== undefined && device !== 'cpu';
}
