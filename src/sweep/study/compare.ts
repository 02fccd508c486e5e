// What the cells of a study are compared by, and with which of them.
import { canonical } from '../../shared/canonical.js';
import { listed } from '../../shared/listed.js';
import { didYouMean } from '../../shared/nearest.js';
import { registeredMetrics } from '../../train/ownMetrics.js';
import { assignmentsOf } from './assignments.js';
import type { Dataset } from './datasets.js';
import { directionOf, directionOfBest, ownMetric } from './metric.js';
import type { Resolver } from './resolveCells.js';
import type { Compare, StudyCell } from './study.js';
import type { StudyFile } from './studySchema.js';

/** Cells that a message names at most. */
const mostNamed = 6;

/** Finds the baseline among the cells, and which values of the metric are better; reports what does not fit. */
export function compareOf(
  { compare }: StudyFile,
  cells: readonly StudyCell[],
  datasets: readonly Dataset[],
  check: Resolver,
): Compare {
  const { metric, level, differenceOfInterest } = compare;
  const report = (message: string): void => {
    check.reportStudy({ path: ['compare', 'metric'], part: 'value', message: `compare.metric: ${message}.` });
  };
  const untested = metric.startsWith('test.')
    ? cells.find(({ config }) => config.data.test === undefined)
    : undefined;
  if (untested !== undefined) {
    report(
      `"${metric}" needs test data, but data.test names none in cell ${untested.id}. Compare best.value`,
    );
  }
  const own = ownMetric.exec(metric)?.[1];
  if (own !== undefined && !Object.hasOwn(registeredMetrics(), own)) {
    const guess = didYouMean(own, Object.keys(registeredMetrics()));
    const none = `no module of the base config registers a metric "${own}" (registerMetric of masq/train)`;
    report(guess === '' ? none : `${none}.${guess.replace(/\.$/, '')}`);
  }
  const ofBest = new Set(cells.map(({ config }) => directionOfBest(config)));
  if (metric === 'best.value' && ofBest.size > 1) {
    report('best.value is a loss in some cells and an accuracy in others, by train.earlyStopping.monitor');
  }
  const best = metric === 'best.value' ? [...ofBest].at(0) : undefined;
  if (best !== undefined && compare.better !== undefined && compare.better !== best) {
    report(
      `of best.value, ${best} is better with this train.earlyStopping.monitor; leave compare.better out`,
    );
  }
  return {
    metric,
    better: best ?? directionOf(metric) ?? compare.better ?? 'higher',
    baseline: compare.baseline === 'none' ? null : baselineOf(compare.baseline, cells, datasets, check),
    level,
    differenceOfInterest: differenceOfInterest === 'none' ? null : differenceOfInterest,
  };
}

/** The method whose config the settings make. */
function baselineOf(
  settings: Readonly<Record<string, unknown>>,
  cells: readonly StudyCell[],
  datasets: readonly Dataset[],
  check: Resolver,
): string | null {
  const dataset = datasets.at(0);
  const config = check.resolve([
    ...(dataset?.assignments ?? []),
    ...assignmentsOf(settings, ['compare', 'baseline']),
  ]);
  if (config === null) return null;
  const wanted = canonical(config);
  const found = cells.find(
    (cell) => cell.dataset === (dataset?.name ?? null) && canonical(cell.config) === wanted,
  );
  if (found !== undefined) return found.method;
  const methods = [...new Set(cells.map(({ method }) => method))];
  const message =
    'compare.baseline: no cell of the study is the base config with these values. Cells: ' +
    `${listed(methods.slice(0, mostNamed))}${methods.length > mostNamed ? ' …' : ''}. Name what one of them sets, or add the values to ` +
    'controls, so that they are trained too.';
  check.reportStudy({ path: ['compare', 'baseline'], part: 'value', message });
  return null;
}
