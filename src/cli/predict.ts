// masq predict: class probabilities of recordings, as CSV.
import { loadEngine } from '../engine/index.js';
import { writeFileAtomic } from '../shared/node/files.js';
import { predictRun } from '../train/index.js';
import type { CommandContext, PredictArguments } from './context.js';

export async function run(
  { run: path, files, out, device, threads, ...options }: PredictArguments,
  context: CommandContext,
): Promise<void> {
  const { warning } = await loadEngine({ device, threads });
  if (warning !== null) context.warn(warning);
  const csv = await predictRun(path, files, options);
  if (out === undefined) {
    context.out(csv.trimEnd());
    return;
  }
  await writeFileAtomic(out, csv);
  context.info(`Wrote ${csv.split('\n').length - 2} predictions to ${out}.`);
}
