// Reads the numbers of a finished run from its run directory, and trusts none of its files.
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { checkContent } from '../../shared/checkValue.js';
import { UserError } from '../../shared/errors.js';
import { didYouMean } from '../../shared/nearest.js';
import { flatten, readJson, readJsonLines, runDirectory } from '../../track/index.js';
import type { GateSummary } from '../../train/gateSummary.js';
import type { Epoch, RunNumbers, TrialResult } from './results.js';

/** What a study needs of `result.json`, the metric apart. */
const resultSchema = z.looseObject({
  status: z.literal('finished'),
  seed: z.int(),
  model: z.looseObject({ parameters: z.number(), macs: z.number() }),
  best: z.looseObject({ epoch: z.int() }),
  train: z.looseObject({ recordings: z.int() }).optional(),
  validation: z.union([z.literal('none'), z.looseObject({ recordings: z.int() })]),
  timing: z.looseObject({ trainSeconds: z.number(), stepsPerSecond: z.number().positive() }),
  memory: z.looseObject({ peakResidentBytes: z.number().nullable() }).optional(),
});

const numbersOfGates = z.array(z.array(z.number().nullable())).nullable();

const gatesSchema: z.ZodType<GateSummary> = z.object({
  classes: z.array(z.string()),
  gates: z.record(
    z.string(),
    z.object({
      range: z.tuple([z.number().nullable(), z.number().nullable()]),
      profile: numbersOfGates,
      spread: numbersOfGates,
      saturated: z.object({ low: z.number(), high: z.number() }),
      betweenRecordings: z.number(),
      betweenClassesShare: z.number().nullable(),
    }),
  ),
});

/**
 * What a run has left; null when it has not finished. A run of which the metric is not defined counts as missing.
 *
 * @param metric a path in `result.json`, e.g. `test.accuracy`
 * @throws UserError when a file is damaged, or the result has no such metric
 */
export async function readRun(directory: string, metric: string): Promise<TrialResult['outcome'] | null> {
  const { result: file, metrics, gates } = runDirectory(directory);
  if (!existsSync(file)) return null;
  const written = await readJson(file);
  const { seed, model, best, train, validation, timing, memory } = checkContent(resultSchema, written, file);
  const value = metricOf(written, metric, file);
  if (value === null) return { status: 'missing', message: `It has finished, but its ${metric} is null.` };
  const epochs = existsSync(metrics) ? await readJsonLines(metrics, parseEpoch) : [];
  const run: RunNumbers = {
    seed,
    value,
    parameters: model.parameters,
    macs: model.macs,
    secondsPerStep: 1 / timing.stepsPerSecond,
    trainSeconds: timing.trainSeconds,
    peakMemoryBytes: memory?.peakResidentBytes ?? null,
    trainRecordings: train?.recordings ?? null,
    validationRecordings: validation === 'none' ? null : validation.recordings,
    validationLoss: epochs.find(({ epoch }) => epoch === best.epoch)?.validationLoss ?? null,
    epochs,
    gates: existsSync(gates) ? checkContent(gatesSchema, await readJson(gates), gates) : null,
  };
  return { status: 'finished', run };
}

/** Null where the metric is not defined, as the area under the curve of a class without test recordings. */
function metricOf(result: unknown, metric: string, file: string): number | null {
  const values = flatten({ result });
  if (values[`result.${metric}`] === 'null') return null;
  const numbers = new Map(
    Object.entries(values).flatMap(([path, value]) =>
      typeof value === 'number' ? [[path.slice('result.'.length), value] as const] : [],
    ),
  );
  const value = numbers.get(metric);
  if (value !== undefined) return value;
  const known = [...numbers.keys()];
  const hint = didYouMean(metric, known);
  throw new UserError(
    `this result has no number ${metric}, which the report compares.` +
      (hint === '' ? ` It has ${known.join(', ')}.` : hint),
    { file },
  );
}

/** By hand, as a study has a hundred thousand of these lines. */
function parseEpoch(record: unknown): Epoch {
  const epoch = numberIn(record, 'epoch');
  const trainLoss = numberIn(member(record, 'train'), 'loss');
  if (epoch === null || trainLoss === null) throw new Error('expected "epoch" and "train" with a "loss"');
  const validation = member(record, 'validation');
  return {
    epoch,
    trainLoss,
    validationLoss: numberIn(validation, 'loss'),
    validationAccuracy: numberIn(validation, 'accuracy'),
  };
}

function numberIn(value: unknown, key: string): number | null {
  const number = member(value, key);
  return typeof number === 'number' ? number : null;
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
