// What a study says on each of its data sets: effects of the axes, Pareto fronts and the reduction ratio.
import { pairsOf } from '../../shared/pairsOf.js';
import {
  anova,
  interaction,
  mainEffect,
  paretoFront,
  type BootstrapOptions,
  type GridCell,
} from '../statistics/index.js';
import { mean } from '../statistics/moments.js';
import { analysisSeed } from './comparisons.js';
import { ratioReports } from './ratios.js';
import { datasetsOf, finishedTrials, valuesOf, type CellResults, type StudyResults } from './results.js';
import type { Cost, DatasetReport } from './studyReport.js';

export function datasetReports(
  results: StudyResults,
  costs: ReadonlyMap<string, Cost | null>,
): DatasetReport[] {
  const axes = Object.keys(results.axes).filter((axis) => results.axes[axis].length > 1);
  const options: BootstrapOptions = { seed: analysisSeed, level: 1 - results.compare.level };
  return datasetsOf(results).map((dataset) => {
    const cells = results.cells.filter((cell) => cell.dataset === dataset);
    const grid = cells.filter(({ role }) => role === 'grid').map(gridCell);
    return {
      dataset,
      mainEffects: axes.map((axis) => {
        const effect = mainEffect(grid, axes, axis, options);
        return 'refused' in effect ? { ...effect, axis } : effect;
      }),
      interactions: pairsOf(axes).map((pair) => {
        const found = interaction(grid, axes, pair, options);
        return 'refused' in found ? { ...found, axes: pair } : found;
      }),
      // Without axes nothing tells cells apart.
      anova: axes.length === 0 ? { refused: 'No axis has two levels.' } : anova(grid, axes),
      pareto: {
        parameters: frontOf('parameters'),
        macs: frontOf('macs'),
        secondsPerStep: frontOf('secondsPerStep'),
      },
      ratios: ratioReports(cells, results),
    };

    function frontOf(name: 'parameters' | 'macs' | 'secondsPerStep'): string[] {
      const sign = results.compare.better === 'higher' ? 1 : -1;
      const points = cells.flatMap((cell) => {
        const cost = costs.get(cell.id);
        if (cost === undefined || cost === null) return [];
        const value = sign * mean(finishedTrials(cell).map(({ run }) => run.value));
        return [{ id: cell.id, cost: cost[name], value }];
      });
      return paretoFront(points).map((i) => points[i].id);
    }
  });
}

function gridCell(cell: CellResults): GridCell {
  return { settings: cell.levels, values: valuesOf(cell) };
}
