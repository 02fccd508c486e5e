// Whether successive halving can rank the cells of a study.
import { groupBy } from '../../shared/groupBy.js';
import { monitorOf } from '../../train/monitor.js';
import type { Resolver } from './resolveCells.js';
import type { StudyCell } from './study.js';

/** Reports cells of one data set whose best epochs are chosen by different metrics, which ranks them by these. */
export function checkHalving(cells: readonly StudyCell[], check: Resolver): void {
  for (const ofDataset of groupBy(cells, ({ dataset }) => dataset).values()) {
    const [first] = ofDataset;
    const other = ofDataset.find((cell) => monitorOfCell(cell) !== monitorOfCell(first));
    if (other === undefined) continue;
    const message =
      `halving: cells are ranked by the metric that chooses their best epoch, and ${first.id} has ${monitorOfCell(first)} while ` +
      `${other.id} has ${monitorOfCell(other)}. Give all train.earlyStopping.monitor and data.validation alike, or leave halving out.`;
    check.reportStudy({ path: ['halving'], part: 'key', message });
    return;
  }
}

/** What chooses the best epoch of the trials of a cell, and so ranks them. */
export function monitorOfCell({ config }: Pick<StudyCell, 'config'>): string {
  return monitorOf(config.train, config.data.validation !== 'none');
}
