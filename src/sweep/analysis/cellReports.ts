// What a report says of each cell: the metric over seeds, the comparison with the baseline, cost, curves and gates.
import { groupBy } from '../../shared/groupBy.js';
import { summarize } from '../statistics/index.js';
import { mean, quantile } from '../statistics/moments.js';
import { analysisSeed, type Comparison } from './comparisons.js';
import { gatesOf } from './gates.js';
import {
  finishedTrials,
  testToTrain,
  type CellResults,
  type FinishedTrial,
  type StudyResults,
} from './results.js';
import type { CellReport, Cost, CurvePoint } from './studyReport.js';

export function cellReports(
  results: StudyResults,
  comparisons: ReadonlyMap<string, Comparison>,
): CellReport[] {
  const { cells, seeds, compare } = results;
  return cells.map((cell) => {
    const finished = finishedTrials(cell);
    const bySeed = new Map(finished.map(({ seed, run }) => [seed, run.value]));
    const options = {
      ...{ seed: analysisSeed, level: 1 - compare.level },
      testToTrain: testToTrain(results, [cell]),
    };
    const summary = finished.length === 0 ? null : summarize([...bySeed.values()], options);
    const comparison = comparisons.get(cell.id);
    return {
      id: cell.id,
      settings: settingsOf(cell),
      dataset: cell.dataset,
      method: cell.method,
      role: cell.method === compare.baseline ? 'baseline' : cell.role,
      isControl: cell.role === 'control',
      n: finished.length,
      planned: cell.trials.length,
      mean: summary?.mean ?? null,
      sd: summary?.sd ?? null,
      interval: summary?.interval ?? null,
      values: seeds.map((seed) => bySeed.get(seed) ?? null),
      difference: comparison?.paired.difference ?? null,
      differenceInterval: comparison?.paired.interval ?? null,
      p: comparison?.paired.p ?? null,
      pHolm: comparison?.pHolm ?? null,
      pMaxT: comparison?.pMaxT ?? null,
      comparison: comparison?.paired ?? null,
      advice: comparison?.advice ?? null,
      cost: costOf(finished),
      curve: curveOf(finished),
      gates: gatesOf(finished),
    };
  });
}

function settingsOf({ dataset, levels, settings }: CellResults): Record<string, string> {
  return { ...(dataset === null ? {} : { dataset }), ...levels, ...settings };
}

function costOf(finished: readonly FinishedTrial[]): Cost | null {
  if (finished.length === 0) return null;
  const runs = finished.map(({ run }) => run);
  const memory = runs.flatMap(({ peakMemoryBytes }) => (peakMemoryBytes === null ? [] : [peakMemoryBytes]));
  // Seeds change neither parameters nor operations.
  const [{ parameters, macs }] = runs;
  return {
    parameters,
    macs,
    secondsPerStep: median(runs.map(({ secondsPerStep }) => secondsPerStep)),
    trainSeconds: median(runs.map(({ trainSeconds }) => trainSeconds)),
    peakMemoryBytes: memory.length === 0 ? null : Math.max(...memory),
  };
}

function median(values: readonly number[]): number {
  return quantile(values.toSorted((a, b) => a - b), 0.5); // prettier-ignore
}

function curveOf(finished: readonly FinishedTrial[]): CurvePoint[] {
  const all = finished.flatMap(({ run }) => run.epochs);
  const byEpoch = [...groupBy(all, ({ epoch }) => epoch)].sort(([a], [b]) => a - b);
  return byEpoch.map(([epoch, points]) => ({
    epoch,
    trainLoss: mean(points.map(({ trainLoss }) => trainLoss)),
    validationLoss: meanOfKnown(points.map(({ validationLoss }) => validationLoss)),
    validationAccuracy: meanOfKnown(points.map(({ validationAccuracy }) => validationAccuracy)),
  }));
}

function meanOfKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : mean(known);
}
