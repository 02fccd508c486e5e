// The graphics cards that the engine could compute on.
import { cardProblem, countVisible } from './cuda.js';
import { probeDriver } from './driver.js';

/** How many there are, `gpu:0` being the first; 0 where none can be used. */
export function countCards(): number {
  const probe = probeDriver();
  if (cardProblem(probe) !== null) return 0;
  return probe.visible === undefined ? (probe.cards?.length ?? 1) : countVisible(probe.visible);
}
