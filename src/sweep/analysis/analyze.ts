// From the results of a study to its report.
import { relative, sep } from 'node:path';
import { masqVersion } from '../../shared/node/version.js';
import { cellReports } from './cellReports.js';
import { compareWithBaseline } from './comparisons.js';
import { datasetReports } from './datasets.js';
import { methodsParagraph } from './methods.js';
import { overDatasets } from './overDatasets.js';
import type { StudyResults } from './results.js';
import type { StudyReport, TrialReport } from './studyReport.js';
import { summarySentences } from './summary.js';

/**
 * Everything that the results say. The same results give the same report.
 * @param folder where the report goes, to which its links to runs are relative
 */
export function analyze(results: StudyResults, folder: string): StudyReport {
  const { name, kind, axes, datasets, seeds, repeat, compare, halving } = results;
  const { metric, better, baseline, level, differenceOfInterest } = compare;
  const cells = cellReports(results, compareWithBaseline(results));
  const costs = new Map(cells.map(({ id, cost }) => [id, cost]));
  const analysed = {
    name,
    design: {
      kind,
      axes,
      datasets,
      seeds,
      repeat,
      metric,
      better,
      baseline,
      level,
      differenceOfInterest,
      halving: halving === null ? null : { ...halving },
    },
    cells,
    trials: results.cells.flatMap((cell) => trialReports(cell, folder)),
    datasets: datasetReports(results, costs),
    overDatasets: overDatasets(results),
  };
  return {
    masq: masqVersion(),
    ...analysed,
    summary: summarySentences(analysed),
    methods: methodsParagraph(analysed),
  };
}

function trialReports({ id, trials }: StudyResults['cells'][number], folder: string): TrialReport[] {
  return trials.map(({ seed, directory, outcome }) => ({
    cell: id,
    seed,
    status: outcome.status,
    message: outcome.status === 'finished' ? null : outcome.message,
    directory: relative(folder, directory).split(sep).join('/'),
    value: outcome.status === 'finished' ? outcome.run.value : null,
  }));
}
