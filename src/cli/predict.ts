// masq predict: class probabilities of recordings, as CSV.
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadEngine } from '../engine/index.js';
import { UserError } from '../shared/errors.js';
import { writeFileAtomic } from '../shared/node/files.js';
import { checkOutputFolder } from '../shared/node/outputFolder.js';
import { predictRun } from '../train/index.js';
import type { CommandContext, PredictArguments } from './context.js';
import { whilePacking } from './packingProgress.js';

export async function run(
  { run: path, files, out, device, threads, ...options }: PredictArguments,
  context: CommandContext,
): Promise<void> {
  if (out !== undefined) await checkOutputFile(out);
  const { warning } = await loadEngine({ device, threads });
  if (warning !== null) context.warn(warning);
  const csv = await whilePacking(context, (hear) =>
    predictRun(path, files, { ...options, ...hear, onWarning: context.warn, onNote: context.info }),
  );
  if (out === undefined) {
    context.out(csv.trimEnd());
    return;
  }
  await writeFileAtomic(out, csv);
  context.info(`Wrote ${csv.split('\n').length - 2} predictions to ${out}.`);
}

/** Before the predictions are computed. Throws `UserError` when they could not be written there. */
async function checkOutputFile(path: string): Promise<void> {
  if (path.endsWith('/') || (existsSync(path) && statSync(path).isDirectory())) {
    throw new UserError(
      `--out is a folder, expected the file to write, e.g. ${join(path, 'predictions.csv')}.`,
      { file: path },
    );
  }
  await checkOutputFolder(dirname(path));
}
