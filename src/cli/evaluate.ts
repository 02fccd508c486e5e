// masq evaluate: metrics of a trained model on a part of its data or on other files.
import { loadEngine } from '../engine/index.js';
import { evaluateRun } from '../train/index.js';
import type { CommandContext, EvaluateArguments } from './context.js';
import { formatTestResult } from './metricsTable.js';
import { whilePacking } from './packingProgress.js';

export async function run(
  { run: path, json, device, threads, ...options }: EvaluateArguments,
  context: CommandContext,
): Promise<void> {
  const { warning } = await loadEngine({ device, threads });
  if (warning !== null) context.warn(warning);
  const metrics = await whilePacking(context, (hear) =>
    evaluateRun(path, { ...options, ...hear, onWarning: context.warn, onNote: context.info }),
  );
  context.out(json ? JSON.stringify(metrics, null, 2) : formatTestResult(metrics));
}
