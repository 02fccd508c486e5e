// What the levels of an axis, and of two axes together, change on average over the rest of a grid.
import { meanInterval, type BootstrapOptions, type Interval } from './bootstrap.js';
import { balancedPart, type BalancedPart, type GridCell, type Refusal } from './grid.js';
import { mean } from './moments.js';

/** A mean over the seeds, with its BCa bootstrap interval (null for one seed). */
export interface Estimate {
  readonly value: number;
  readonly interval: Interval | null;
}

/** On which part of the grid an effect was estimated. */
export interface Support {
  /** Settings of the other axes over which means were taken: those with a cell at every level. */
  readonly contexts: number;
  readonly cellsLeftOut: number;
  readonly seeds: number;
}

export interface MainEffect extends Support {
  readonly axis: string;
  readonly levels: readonly {
    readonly level: string;
    readonly mean: Estimate;
    /** Its mean minus the mean over all levels, seed by seed. */
    readonly effect: Estimate;
  }[];
}

export interface Interaction extends Support {
  readonly axes: readonly [string, string];
  readonly cells: readonly {
    readonly levels: readonly [string, string];
    readonly mean: Estimate;
    /** What the main effects do not account for: `m_ab − m_a − m_b + m`, seed by seed. */
    readonly effect: Estimate;
  }[];
}

/**
 * The main effect of an axis. Levels are compared only over settings of the other axes that all levels share, so that gaps in
 * the grid do not masquerade as effects, and over seeds that all those cells share.
 *
 * @param axes all axes of the grid; cells without a level on one of them are left out
 * @throws RangeError when two cells have the same levels, or a value is not finite
 */
export function mainEffect(
  cells: readonly GridCell[],
  axes: readonly string[],
  axis: string,
  options: BootstrapOptions,
): MainEffect | Refusal {
  const part = balancedPart(cells, axes, [axis]);
  if ('refused' in part) return part;
  const overall = averageOf(part.means);
  return {
    axis,
    ...supportOf(part),
    levels: part.levels[0].map((level, i) => ({
      level,
      mean: estimate(part.means[i], options),
      effect: estimate(
        part.means[i].map((value, s) => value - overall[s]),
        options,
      ),
    })),
  };
}

/** The interaction of two axes, on settings of the other axes that have a cell for every pair of levels. */
export function interaction(
  cells: readonly GridCell[],
  axes: readonly string[],
  [first, second]: readonly [string, string],
  options: BootstrapOptions,
): Interaction | Refusal {
  const part = balancedPart(cells, axes, [first, second]);
  if ('refused' in part) return part;
  const [rows, columns] = part.levels;
  const at = (i: number, j: number) => part.means[i * columns.length + j];
  const overall = averageOf(part.means);
  const ofRow = rows.map((_, i) => averageOf(columns.map((_, j) => at(i, j))));
  const ofColumn = columns.map((_, j) => averageOf(rows.map((_, i) => at(i, j))));
  return {
    axes: [first, second],
    ...supportOf(part),
    cells: rows.flatMap((row, i) =>
      columns.map((column, j) => ({
        levels: [row, column] as const,
        mean: estimate(at(i, j), options),
        effect: estimate(
          at(i, j).map((value, s) => value - ofRow[i][s] - ofColumn[j][s] + overall[s]),
          options,
        ),
      })),
    ),
  };
}

function supportOf({ contexts, cellsLeftOut, seeds }: BalancedPart): Support {
  return { contexts, cellsLeftOut, seeds: seeds.length };
}

function estimate(values: readonly number[], options: BootstrapOptions): Estimate {
  return { value: mean(values), interval: meanInterval(values, options) };
}

/** The mean of some rows, seed by seed. */
function averageOf(rows: readonly (readonly number[])[]): number[] {
  return rows[0].map((_, s) => mean(rows.map((row) => row[s])));
}
