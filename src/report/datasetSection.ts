// All that a study says of one data set.
import { listed } from '../shared/listed.js';
import { pairsOf } from '../shared/pairsOf.js';
import { shortNames } from '../shared/shortNames.js';
import type { CellReport, DatasetReport, RatioReport, StudyReport } from '../sweep/analysis/studyReport.js';
import { cellsTable, runsTable } from './cells.js';
import { effectsSection } from './effectsSection.js';
import { compact, count, isNumber, number, pText, seconds, signed, significant } from './format.js';
import { gatesSection } from './gatesSection.js';
import { markup, nothing, type Content, type Markup } from './markup.js';
import { curvePlot, type Curve } from './plots/curves.js';
import { heatMap } from './plots/heatMap.js';
import { intervalPlot, type IntervalRow } from './plots/intervals.js';
import { paretoPlot } from './plots/pareto.js';
import { legend } from './plots/plot.js';
import { ratioPlot } from './plots/ratio.js';
import { extent } from './plots/scale.js';

/** More plots of a kind than that are folded away. */
const shownAtOnce = 4;

/** The parts of a section, without its heading. */
export function datasetParts(report: StudyReport, dataset: DatasetReport): Markup {
  const { design, trials } = report;
  const cells = report.cells.filter((cell) => cell.dataset === dataset.dataset);
  const best = bestOf(cells, design.better);
  const names = shortNames(Object.keys(design.axes));
  return markup`${best !== null && isNumber(best.mean) && markup`<p>The best mean ${design.metric} is ${number(best.mean)}, of <b>${best.method}</b>.</p>`}
${forest(cells, report)}
${cellsTable(cells, design)}
${heatMaps(cells, report, names)}
${effectsSection(dataset, design, names)}
${ratios(dataset.ratios, report, names)}
${costs(cells, dataset, report)}
${curves(cells, best)}
${gatesSection(cells, best)}
<h3>Runs</h3>
${runsTable(cells, trials, design.seeds)}`;
}

/** The cell with the best mean; null without a finished trial. */
function bestOf(cells: readonly CellReport[], better: 'higher' | 'lower'): CellReport | null {
  const sign = better === 'higher' ? 1 : -1;
  return cells.reduce<CellReport | null>((best, cell) => {
    if (!isNumber(cell.mean)) return best;
    return best === null || !isNumber(best.mean) || sign * (cell.mean - best.mean) > 0 ? cell : best;
  }, null);
}

function forest(cells: readonly CellReport[], { design }: StudyReport): Content {
  const sign = design.better === 'higher' ? 1 : -1;
  const rows = cells
    .flatMap(({ method, difference, differenceInterval, pHolm }): IntervalRow[] =>
      isNumber(difference)
        ? [
            {
              label: method,
              value: difference,
              interval: differenceInterval,
              filled: isNumber(pHolm) && pHolm <= design.level,
              text: `${signed(difference)}   ${pText(pHolm)}`,
            },
          ]
        : [],
    )
    .sort((a, b) => sign * (b.value - a.value));
  if (rows.length === 0) {
    const why =
      design.baseline === null
        ? 'The study names no baseline'
        : 'No cell shares a finished seed with the baseline';
    return markup`<h3>Cells</h3><p class="quiet">${why}, so differences are not tested.</p>`;
  }
  const told = rows.filter(({ filled }) => filled).length;
  return markup`<h3>Differences to the baseline</h3>${intervalPlot({
    title: `Paired differences in ${design.metric} to ${design.baseline ?? 'the baseline'}`,
    description: `${rows.length} cells from ${signed(Math.min(...rows.map(({ value }) => value)))} to ${signed(Math.max(...rows.map(({ value }) => value)))}; ${told} significant after correction.`,
    rows,
    axis: `difference in ${design.metric}, ${design.better} is better`,
    negligible: design.differenceOfInterest,
    ticks: 6,
    note: `Mean over seeds with its bootstrap interval, p after Holm’s correction; filled: significant at ${design.level} by it.${
      design.differenceOfInterest === null
        ? ''
        : ` Shaded: less than ${significant(design.differenceOfInterest)}, the smallest difference of interest.`
    }`,
  })}`;
}

function heatMaps(
  cells: readonly CellReport[],
  { design }: StudyReport,
  names: ReadonlyMap<string, string>,
): Content {
  const axes = Object.keys(design.axes).filter((axis) => design.axes[axis].length > 1);
  const maps = pairsOf(axes).flatMap(([first, second]) => {
    const numeric = (axis: string) =>
      design.axes[axis].every((level) => level !== '' && isNumber(Number(level)));
    // An axis of numbers, such as the ratio, reads best from left to right.
    const [row, column] = numeric(second) && !numeric(first) ? [first, second] : [second, first];
    const others = axes.filter((axis) => axis !== first && axis !== second);
    const values = design.axes[row].map((inRow) =>
      design.axes[column].map((inColumn) => {
        const means = cells
          .filter(
            ({ settings, isControl }) =>
              !isControl && settings[row] === inRow && settings[column] === inColumn,
          )
          .flatMap(({ mean }) => (isNumber(mean) ? [mean] : []));
        return means.length === 0 ? null : means.reduce((total, mean) => total + mean, 0) / means.length;
      }),
    );
    const filled = (line: readonly (number | null)[]): boolean => line.some((value) => value !== null);
    const columns = design.axes[column].map((_, i) => values.map((line) => line[i]));
    // Where a conditional axis leaves one level of the other, there are no two axes to see.
    if (values.filter(filled).length < 2 || columns.filter(filled).length < 2) return [];
    const name = (axis: string) => names.get(axis) ?? axis;
    return [
      heatMap({
        title: `${name(column)} × ${name(row)}`,
        rows: { name: name(row), levels: design.axes[row] },
        columns: { name: name(column), levels: design.axes[column] },
        values,
        better: design.better,
        note: `Mean ${design.metric}; the stronger the colour the better, and the best is framed.${others.length > 0 ? ` Averaged over ${listed(others.map(name))}.` : ''}`,
      }),
    ];
  });
  return maps.length === 0 ? nothing : markup`<h3>Two axes at a time</h3>${folded(maps, 'pairs of axes')}`;
}

function ratios(
  reports: readonly RatioReport[],
  { design }: StudyReport,
  names: ReadonlyMap<string, string>,
): Content {
  if (reports.length === 0) return nothing;
  const points = reports.flatMap(({ sufficient }) => sufficient.points);
  const domain = extent(points.flatMap(({ mean, interval }) => [mean, interval?.lower, interval?.upper]));
  const plots = reports.map(({ levels, sufficient, closedForm, sentence }) =>
    ratioPlot({
      title:
        Object.entries(levels)
          .map(([axis, level]) => `${names.get(axis) ?? axis} ${level}`)
          .join(', ') || 'All cells',
      sufficient,
      closedForm: 'refused' in closedForm ? null : closedForm.ratio,
      metric: design.metric,
      domain,
      note: sentence,
    }),
  );
  return markup`<h3>How far to squeeze</h3><p>Dots are means, the line is the closest curve that never improves with the ratio, and the band its interval. The filled dot is the largest ratio within one standard error of the best mean; where that is, is grey.</p>${folded(plots, 'settings')}`;
}

function costs(cells: readonly CellReport[], { pareto }: DatasetReport, { design }: StudyReport): Content {
  const kinds = [
    { key: 'parameters', name: 'parameters', format: compact },
    { key: 'macs', name: 'multiply-accumulates', format: compact },
    { key: 'secondsPerStep', name: 'time of a step', format: seconds },
  ] as const;
  const plots = kinds.map(({ key, name, format }) =>
    paretoPlot({
      points: cells.flatMap(({ id, method, mean, cost, role }) =>
        cost === null || mean === null ? [] : [{ id, label: method, cost: cost[key], value: mean, role }],
      ),
      front: pareto[key],
      better: design.better,
      cost: name,
      metric: design.metric,
      format,
    }),
  );
  if (plots.every((plot) => plot === null)) return nothing;
  return markup`<h3>Quality and cost</h3><p>Numbered cells are on the Pareto front: no other is both cheaper and better. Baseline and controls are orange. Differences between means, and between times, may be noise.</p><div class="plots">${plots}</div>`;
}

function curves(cells: readonly CellReport[], best: CellReport | null): Content {
  const baseline = cells.find(({ role }) => role === 'baseline');
  const kindOf = (cell: CellReport) => (cell === best ? 'c1' : cell === baseline ? 'c2' : null);
  const of = (value: (point: CellReport['curve'][number]) => number | null) =>
    cells.map((cell): Curve => ({
      label: cell.method,
      kind: kindOf(cell),
      points: cell.curve.map((point) => ({ epoch: point.epoch, value: value(point) })),
    }));
  const plots = [
    curvePlot(
      'validation accuracy',
      of(({ validationAccuracy }) => validationAccuracy),
    ),
    curvePlot(
      'validation loss',
      of(({ validationLoss }) => validationLoss),
    ),
    curvePlot(
      'training loss',
      of(({ trainLoss }) => trainLoss),
    ),
  ];
  if (plots.every((plot) => plot === null)) return nothing;
  const entries = [
    best !== null && { kind: 'c1', text: `${best.method} (best mean)` },
    baseline !== undefined && baseline !== best && { kind: 'c2', text: `${baseline.method} (baseline)` },
    cells.some((cell) => kindOf(cell) === null) && { kind: 'many', text: 'other cells' },
  ].filter((entry) => entry !== false);
  return markup`<h3>Learning curves</h3><p>Means over the trials that reached the epoch, of ${count(cells.length)} ${cells.length === 1 ? 'cell' : 'cells'}.</p>${legend(entries)}<div class="plots">${plots}</div>`;
}

function folded(plots: readonly Markup[], nouns: string): Markup {
  const rest = plots.slice(shownAtOnce);
  return markup`<div class="plots">${plots.slice(0, shownAtOnce)}</div>${
    rest.length > 0 &&
    markup`<details class="more"><summary>${count(rest.length)} more ${nouns}</summary><div class="plots">${rest}</div></details>`
  }`;
}
