// Many thousand steps of a small network over batches of several shapes, with predictions and the weights read back
// now and then, as in a run with validation and checkpoints: tensors and resident memory must stay where they are. Memory
// is read after a garbage collection, since garbage that waits for one would hide a leak, or look like one.
import { startContender } from './contender-process.mjs';

/** Steps between two looks at memory. */
const interval = 1000;

/**
 * @param entrant as for `measureCell`
 * @returns tensors and resident bytes after the first interval and at the end, and the share by which the latter grew
 */
export async function soak({ name, command, plan }, network, soakSteps, report = () => undefined) {
  const process = startContender({ ...command, args: ['--expose-gc', ...command.args] });
  try {
    const { modes } = await process.ask('build', { network, plan: plan.path });
    const samples = [];
    const size = Math.min(interval, Math.floor(soakSteps / 2));
    let loss;
    for (let first = 0; first < soakSteps; first += size) {
      report(first / soakSteps, `step ${first} of ${soakSteps}`);
      ({ loss } = await process.ask('burst', { mode: modes[0], first, steps: size }));
      await process.ask('predict', { mode: modes[0], first: 0, steps: plan.batches });
      await process.ask('store');
      const { residentBytes, tensors } = await process.ask('memory');
      samples.push({ step: first + size, residentBytes, tensors });
    }
    const [start] = samples;
    const end = samples.at(-1);
    return {
      name,
      shapes: plan.shapes,
      start,
      end,
      growth: end.residentBytes / start.residentBytes - 1,
      loss,
      samples,
    };
  } finally {
    await process.close();
  }
}
