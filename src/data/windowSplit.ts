// The split of recordings whose class changes: each goes to one side whole, by the classes of its windows.
import { counted } from '../shared/counted.js';
import { UserError } from '../shared/errors.js';
import { type HoldOut, sidesBy } from './holdOut.js';
import { count, type Recordings } from './recordings.js';
import { sidesOf, type Sides } from './sides.js';
import type { HeldOutPart } from './split.js';
import type { WindowPlan } from './windows.js';

/**
 * Holds recordings out as `holdOut` does, but with shares and folds by the classes of windows: as there with groups, a recording
 * being one (or all recordings of a group). Recordings without a window, and without a group that has one, go to training. Whether
 * every class has windows to train on is left to see once these are cut.
 *
 * @throws UserError where no such split exists
 */
export function holdOutByWindows(
  recordings: Recordings,
  plan: WindowPlan,
  how: HoldOut,
  part: HeldOutPart,
  seed: number,
): Sides {
  if (!('fraction' in how || 'fold' in how)) return sidesBy(recordings, how, part, seed);
  const units =
    how.groups === true ? recordings.groups : Array.from({ length: count(recordings) }, (_, i) => String(i));
  const having = new Set(plan.recordings).size;
  const needed = 'fold' in how ? how.of : 2;
  if (how.groups !== true && having < needed) {
    throw new UserError(
      `only ${counted(having, 'recording')} to split ${having === 1 ? 'has' : 'have'} windows, but data.${part} needs ${needed}, as each ` +
        'goes to one side whole. Add recordings, or split otherwise.',
      { file: recordings.files.at(0) },
    );
  }
  const windows: Recordings = {
    ...recordings,
    labels: plan.labels,
    groups: units && Array.from(plan.recordings, (index) => units[index]),
  };
  const { heldOut } = sidesBy(windows, { ...how, groups: true }, part, seed);
  const isHeldOut = new Set(Array.from(heldOut, (window) => units?.[plan.recordings[window]]));
  return sidesOf(
    Uint8Array.from({ length: count(recordings) }, (_, i) => (isHeldOut.has(units?.[i]) ? 1 : 0)),
  );
}
