// The schema of `report.json`: a report is checked before it is written and when it is read, so that no NaN becomes null and no
// field goes missing unnoticed.
import { z } from 'zod';
import { checkContent } from '../../shared/checkValue.js';
import { messageOf, UserError } from '../../shared/errors.js';
import type {
  Anova,
  DatasetComparison,
  Interaction,
  MainEffect,
  PairedComparison,
  SeedAdvice,
  SufficientRatio,
} from '../statistics/index.js';
import type { CellReport, DatasetReport, RatioReport, StudyReport } from './studyReport.js';

/** @throws UserError when the text is no report or a damaged one */
export function parseReport(text: string, file: string): StudyReport {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`this is no JSON: ${messageOf(error)}.`, { file }, { cause: error });
  }
  return checkContent(reportSchema, value, file);
}

const text = z.string();
const number = z.number();
const count = z.int().min(0);
const numbers = z.array(number);
const texts = z.record(text, text);
const p = number.min(0).max(1);

const interval = z.strictObject({ level: number, lower: number, upper: number });
const refusal = z.strictObject({ refused: text });
const estimate = z.strictObject({ value: number, interval: interval.nullable() });

const comparison: z.ZodType<PairedComparison> = z.strictObject({
  n: count,
  difference: number,
  sd: number.nullable(),
  interval: interval.nullable(),
  p,
  exact: z.boolean(),
  smallestP: p,
  effect: z.strictObject({ cohenDz: number.nullable(), hedgesGz: number.nullable() }),
  improvement: z.strictObject({ value: p, interval: interval.nullable() }),
});

const advice: z.ZodType<SeedAdvice> = z.strictObject({
  verdict: z.enum(['significant', 'too few seeds', 'identical', 'inconclusive']),
  fewestSeeds: count,
  seedsForObserved: count.nullable(),
  seedsForInterest: count.nullable(),
  sentence: text,
});

const gateRows = z.array(numbers).nullable();

const cell: z.ZodType<CellReport> = z.strictObject({
  id: text,
  settings: texts,
  dataset: text.nullable(),
  method: text,
  role: z.enum(['grid', 'control', 'baseline']),
  isControl: z.boolean(),
  n: count,
  planned: count,
  mean: number.nullable(),
  sd: number.nullable(),
  interval: interval.nullable(),
  values: z.array(number.nullable()),
  difference: number.nullable(),
  differenceInterval: interval.nullable(),
  p: p.nullable(),
  pHolm: p.nullable(),
  pMaxT: p.nullable(),
  comparison: comparison.nullable(),
  advice: advice.nullable(),
  cost: z
    .strictObject({
      parameters: number,
      macs: number,
      secondsPerStep: number,
      trainSeconds: number,
      peakMemoryBytes: number.nullable(),
    })
    .nullable(),
  curve: z.array(
    z.strictObject({
      epoch: count,
      trainLoss: number,
      validationLoss: number.nullable(),
      validationAccuracy: number.nullable(),
    }),
  ),
  gates: z.array(
    z.strictObject({
      layer: text,
      classes: z.array(text),
      profile: gateRows,
      spread: gateRows,
      seed: count,
      saturated: z.strictObject({ low: number, high: number }),
      betweenRecordings: number,
      betweenClassesShare: number.nullable(),
      constant: z.boolean(),
    }),
  ),
});

const support = { contexts: count, cellsLeftOut: count, seeds: count };

const mainEffect: z.ZodType<MainEffect> = z.strictObject({
  axis: text,
  ...support,
  levels: z.array(z.strictObject({ level: text, mean: estimate, effect: estimate })),
});

const axisPair = z.tuple([text, text]);

const interaction: z.ZodType<Interaction> = z.strictObject({
  axes: axisPair,
  ...support,
  cells: z.array(z.strictObject({ levels: axisPair, mean: estimate, effect: estimate })),
});

const sumOfSquares = { sumOfSquares: number, degreesOfFreedom: count };

const anova: z.ZodType<Anova> = z.strictObject({
  balanced: z.boolean(),
  terms: z.array(
    z.strictObject({
      axes: z.array(text),
      ...sumOfSquares,
      etaSquared: number,
      partialEtaSquared: number.nullable(),
      f: number.nullable(),
      p: p.nullable(),
    }),
  ),
  higherOrder: z.strictObject(sumOfSquares),
  blocks: z.strictObject(sumOfSquares),
  residual: z.strictObject(sumOfSquares),
  total: z.strictObject(sumOfSquares),
});

const sufficient: z.ZodType<SufficientRatio> = z.strictObject({
  points: z.array(
    z.strictObject({
      ratio: number,
      mean: number,
      fitted: number,
      interval: interval.nullable(),
      share: number,
    }),
  ),
  best: number,
  sufficient: number,
  interval: interval.nullable(),
});

const ratio: z.ZodType<RatioReport> = z.strictObject({
  levels: texts,
  sufficient,
  closedForm: z.union([
    refusal,
    z.strictObject({
      curvature: number,
      interval: interval.nullable(),
      p,
      explained: number.nullable(),
      ratio: number.nullable(),
      ratioInterval: interval.nullable(),
      parameterPrice: number,
      sentence: text,
    }),
  ]),
  sentence: text,
});

const ids = z.array(text);

const dataset: z.ZodType<DatasetReport> = z.strictObject({
  dataset: text.nullable(),
  mainEffects: z.array(z.union([mainEffect, z.strictObject({ axis: text, refused: text })])),
  interactions: z.array(z.union([interaction, z.strictObject({ axes: axisPair, refused: text })])),
  anova: z.union([anova, refusal]),
  pareto: z.strictObject({ parameters: ids, macs: ids, secondsPerStep: ids }),
  ratios: z.array(ratio),
});

const groups = z.array(z.array(count));

const datasetComparison: z.ZodType<DatasetComparison> = z.strictObject({
  averageRanks: numbers,
  friedman: z.strictObject({
    chiSquare: number,
    chiSquareP: p,
    f: number.nullable(),
    fP: p.nullable(),
    permutationP: p,
  }),
  pairs: z.array(z.strictObject({ first: count, second: count, p, pHolm: p })),
  smallestP: p,
  criticalDifference: number,
  groups: z.strictObject({ wilcoxon: groups, nemenyi: groups }),
});

const reportSchema: z.ZodType<StudyReport> = z.strictObject({
  masq: text,
  name: text,
  design: z.strictObject({
    kind: z.enum(['grid', 'random', 'one-at-a-time', 'runs']),
    axes: z.record(text, z.array(text)),
    datasets: z.array(text),
    seeds: z.array(count),
    repeat: text.nullable().default(null),
    metric: text,
    better: z.enum(['higher', 'lower']),
    baseline: text.nullable(),
    level: number,
    differenceOfInterest: number.nullable(),
    halving: z.record(text, z.unknown()).nullable(),
  }),
  summary: z.array(text),
  methods: text,
  cells: z.array(cell),
  trials: z.array(
    z.strictObject({
      cell: text,
      seed: count,
      status: z.enum(['finished', 'failed', 'halved', 'missing']),
      message: text.nullable(),
      directory: text,
      value: number.nullable(),
    }),
  ),
  datasets: z.array(dataset),
  overDatasets: z.union([
    refusal,
    z.strictObject({
      methods: z.array(text),
      datasets: z.array(text),
      scores: z.array(numbers),
      comparison: datasetComparison,
      sentence: text,
    }),
  ]),
});
