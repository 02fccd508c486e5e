// report.csv: one line a cell, the numbers of report.json that fit into columns, under the names that they have there.
import { stringify } from 'csv-stringify/sync';
import type { CellReport, StudyReport } from './studyReport.js';

type Value = string | number | null | undefined;

/** CSV with a header; what is not known is empty. Every key that a cell sets has a column. */
export function formatReportCsv({ cells }: Pick<StudyReport, 'cells'>): string {
  const keys = [...new Set(cells.flatMap(({ settings }) => Object.keys(settings)))].filter(
    (key) => key !== 'dataset',
  );
  const rows = cells.map((cell): Record<string, Value> => ({
    id: cell.id,
    dataset: cell.dataset,
    method: cell.method,
    role: cell.role,
    ...Object.fromEntries(keys.map((key) => [key, cell.settings[key]])),
    ...numbersOf(cell),
  }));
  const header = Object.keys(rows[0] ?? {});
  return stringify([header, ...rows.map((row) => header.map((name) => row[name] ?? ''))]);
}

function numbersOf({
  interval,
  differenceInterval,
  comparison,
  advice,
  cost,
  ...cell
}: CellReport): Record<string, Value> {
  return {
    n: cell.n,
    planned: cell.planned,
    mean: cell.mean,
    sd: cell.sd,
    lower: interval?.lower,
    upper: interval?.upper,
    difference: cell.difference,
    differenceLower: differenceInterval?.lower,
    differenceUpper: differenceInterval?.upper,
    p: cell.p,
    pHolm: cell.pHolm,
    pMaxT: cell.pMaxT,
    verdict: advice?.verdict,
    hedgesGz: comparison?.effect.hedgesGz,
    improvement: comparison?.improvement.value,
    parameters: cost?.parameters,
    macs: cost?.macs,
    secondsPerStep: cost?.secondsPerStep,
    trainSeconds: cost?.trainSeconds,
    peakMemoryBytes: cost?.peakMemoryBytes,
  };
}
