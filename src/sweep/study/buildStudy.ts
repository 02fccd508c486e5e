// From a study file and its base config to cells, every one of them checked.
import { canonical } from '../../shared/canonical.js';
import { didYouMean } from '../../shared/nearest.js';
import { errorOf } from '../../shared/problemReports.js';
import type { Config } from '../../train/configSchema.js';
import { assignmentsOf, valueAt } from './assignments.js';
import { levelText, nameSettings } from './cellNames.js';
import { checkHalving } from './checkHalving.js';
import { checkKeys } from './checkKeys.js';
import { compareOf } from './compare.js';
import { datasetsOf, type Dataset } from './datasets.js';
import {
  axesOf,
  drawn,
  gridOf,
  mostCombinations,
  oneAtATime,
  type Axis,
  type Combination,
} from './design.js';
import { levelsOf, settingsOf } from './levels.js';
import { repeatProblem, type RepeatKey } from './repeat.js';
import { resolver, type Resolver, type StudySource } from './resolveCells.js';
import type { Study, StudyCell } from './study.js';
import type { StudyFile } from './studySchema.js';

/** A cell before it has a name and a data set. */
export interface Draft {
  readonly role: 'grid' | 'control';
  readonly assignments: Combination;
}

/** A cell on a data set, with all that its config is made of. */
export interface DraftCell extends Draft {
  /** Position of its draft. */
  readonly method: number;
  readonly dataset: Dataset | null;
  readonly config: Config;
}

/**
 * The study that a checked file means.
 * @throws UserError that lists what is wrong with the configs of its cells, each at the place that it comes from
 */
export function buildStudy(file: StudyFile, source: StudySource): Study {
  const check = resolver(source);
  const axes = axesOf(file);
  const datasets = datasetsOf(file);
  checkKeys(file, axes, datasets, check);
  stopAtReports(check);
  const drafts = draftsOf(file, axes, source.base.value, check);
  stopAtReports(check);
  const resolved = resolveAll(drafts, datasets, check);
  stopAtReports(check);
  const isOneAtATime = file.design === 'one-at-a-time';
  const { cells, ofBase } = isOneAtATime ? withoutBaseLevels(resolved) : { cells: resolved, ofBase: null };
  checkDuplicates(cells, check);
  const seeds =
    typeof file.seeds === 'number' ? Array.from({ length: file.seeds }, (_, i) => i + 1) : file.seeds;
  if (file.repeat !== undefined) checkRepeat(cells, file.repeat, seeds.length, check);
  const settings = drafts.map(({ assignments }) => settingsOf(assignments));
  const methods = nameSettings(settings, [...new Set(settings.flatMap(Object.keys))]);
  const levels = levelsOf(axes, cells, ofBase);
  const named = cells.map((cell, i): StudyCell => {
    const method = methods[cell.method];
    const dataset = cell.dataset?.name ?? null;
    return {
      id: dataset === null ? method : `${dataset},${method}`,
      method,
      dataset,
      role: cell.role,
      levels: levels.ofCells[i],
      settings: settings[cell.method],
      config: cell.config,
    };
  });
  const compare = compareOf(file, named, datasets, check);
  if (file.halving !== 'none') checkHalving(named, check);
  stopAtReports(check);
  const { name, halving, slurm } = file;
  return {
    name,
    design: typeof file.design === 'string' ? file.design : file.design.name,
    axes: levels.ofAxes,
    datasets: datasets.map((dataset) => dataset.name),
    seeds,
    repeat: file.repeat ?? null,
    cells: named,
    compare,
    halving: halving === 'none' ? null : halving,
    slurm: {
      partition: slurm.partition ?? null,
      time: slurm.time === undefined ? null : String(slurm.time),
      memory: slurm.memory === undefined ? null : String(slurm.memory),
      cpus: slurm.cpus,
      gpus: slurm.gpus,
      concurrent: slurm.concurrent === 'none' ? null : slurm.concurrent,
      options: slurm.options,
    },
    file: { ...file, base: source.base.value as Record<string, unknown> },
  };
}

function stopAtReports(check: Resolver): void {
  const reports = check.reports();
  if (reports.length > 0) throw errorOf(reports);
}

/** What the design and the controls ask for. */
function draftsOf(
  { design, controls }: StudyFile,
  axes: readonly Axis[],
  base: unknown,
  check: Resolver,
): Draft[] {
  const grid = gridOf(axes, base);
  if (grid === null) {
    const message = `axes: expected at most ${mostCombinations.toLocaleString('en')} combinations of levels, found more.`;
    check.reportStudy({ path: ['axes'], part: 'key', message });
    return [];
  }
  const combinations = combine();
  const reached = design === 'one-at-a-time' ? combinations : grid;
  for (const { key, when } of axes) {
    if (reached.some((combination) => combination.some((level) => level.key === key))) continue;
    const conditions = Object.entries(when).map(([other, value]) => `${other} is ${levelText(value)}`);
    const where =
      design === 'one-at-a-time' ? 'in the base config' : 'in no combination of the axes before it';
    const keys = axes.map((axis) => axis.key).filter((other) => other !== key);
    const unknown = Object.keys(when).find(
      (other) => valueAt(base, other) === undefined && !keys.includes(other),
    );
    const guess = unknown === undefined ? '' : didYouMean(unknown, keys);
    const message = `axes.${key}: the axis is never there, as ${conditions.join(' and ')} ${where}.${guess}`;
    check.reportStudy({ path: ['axes', key, 'when'], part: 'key', message });
  }
  return [
    ...combinations.map((assignments) => ({ role: 'grid' as const, assignments })),
    ...controls.map((control, i) => ({
      role: 'control' as const,
      assignments: assignmentsOf(control, ['controls', i]),
    })),
  ];

  function combine(): readonly Combination[] {
    if (grid === null || design === 'grid') return grid ?? [];
    if (design === 'one-at-a-time') return oneAtATime(axes, base);
    if (design.cells > grid.length) {
      const message = `design.cells: expected at most ${grid.length}, the cells of the whole grid, found ${design.cells}.`;
      check.reportStudy({ path: ['design', 'cells'], part: 'value', message });
    }
    return drawn(grid, design);
  }
}

function resolveAll(drafts: readonly Draft[], datasets: readonly Dataset[], check: Resolver): DraftCell[] {
  const places: readonly (Dataset | null)[] = datasets.length === 0 ? [null] : datasets;
  return places.flatMap((dataset) =>
    drafts.flatMap((draft, method): DraftCell[] => {
      const config = check.resolve([...(dataset?.assignments ?? []), ...draft.assignments]);
      return config === null ? [] : [{ ...draft, method, dataset, config }];
    }),
  );
}

/**
 * The cells of a one-at-a-time design without the levels that the base config has anyway, which are cells of it.
 * @returns with the base config and its levels, by axis
 */
function withoutBaseLevels(cells: readonly DraftCell[]): { cells: DraftCell[]; ofBase: Map<string, string> } {
  const baseOf = new Map(
    cells.filter(({ method }) => method === 0).map(({ dataset, config }) => [dataset, canonical(config)]),
  );
  const isBase = ({ method, role, dataset, config }: DraftCell): boolean =>
    method > 0 && role === 'grid' && canonical(config) === baseOf.get(dataset);
  const levels = cells.filter(isBase).map(({ assignments: [{ key, value }] }) => [key, levelText(value)]);
  return { cells: cells.filter((cell) => !isBase(cell)), ofBase: new Map(levels as [string, string][]) };
}

/** Reports the first reason for which a cell cannot be replicated as asked. */
function checkRepeat(
  cells: readonly DraftCell[],
  repeat: RepeatKey,
  replicates: number,
  check: Resolver,
): void {
  const problem = cells
    .map(({ config }) => repeatProblem(config, repeat, replicates))
    .find((why) => why !== null);
  if (problem === undefined) return;
  check.reportStudy({
    path: ['repeat'],
    part: 'value',
    message: `repeat: ${repeat} cannot count with the seeds: ${problem}.`,
  });
}

/** Reports cells that train the same models. */
function checkDuplicates(cells: readonly DraftCell[], check: Resolver): void {
  const first = new Map<string, DraftCell>();
  for (const cell of cells) {
    const key = canonical([cell.dataset?.name ?? null, cell.config]);
    const other = first.get(key);
    if (other === undefined) {
      first.set(key, cell);
      continue;
    }
    const [name, otherName] = [cell, other].map(({ role, assignments }) => {
      if (assignments.length === 0) return 'the base config';
      const text = assignments.map((level) => `${level.key}: ${levelText(level.value)}`).join(', ');
      return `${role === 'control' ? 'the control ' : ''}{ ${text} }`;
    });
    const differs = cell.assignments.findLast(
      ({ key: set, value }) =>
        canonical(value) !== canonical(other.assignments.find((level) => level.key === set)?.value ?? null),
    );
    const place = differs ?? cell.assignments.at(-1);
    const path = place?.at ?? (cell.role === 'control' ? ['controls'] : ['axes']);
    const message = `${name} and ${otherName} are the same config, and a cell counts once. Take one of them out.`;
    check.reportStudy({ path, part: 'value', message });
  }
}
