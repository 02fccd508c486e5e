// The grid of a study: cells that are named by a level on every axis, and the balanced parts of it.
import { requireFinite } from './moments.js';

/** One cell of a study. */
export interface GridCell {
  /** The level, as text, on each axis that the cell has. */
  readonly settings: Readonly<Record<string, string>>;
  /** The value of each seed (or of any other key of a run that cells share). */
  readonly values: ReadonlyMap<string, number>;
}

/** Why an analysis cannot be made of these cells, in a sentence. */
export interface Refusal {
  readonly refused: string;
}

/** A part of the grid in which every combination of some axes occurs in the same surroundings with the same seeds. */
export interface BalancedPart {
  /** Levels of each axis asked for, in the order in which cells bring them. */
  readonly levels: readonly (readonly string[])[];
  /** Settings of the other axes at which every combination has a cell. */
  readonly contexts: number;
  /** Cells with a level on every axis that are not in this part. */
  readonly cellsLeftOut: number;
  /** Seeds that all cells of this part have. */
  readonly seeds: readonly string[];
  /** Means over the contexts, `[combination, seed]`; the last axis asked for changes fastest. */
  readonly means: readonly (readonly number[])[];
}

/**
 * The cells with a level on every axis and at least one run; others (controls, cells under a conditional axis, cells whose
 * trials all failed) stand outside the grid.
 * @throws RangeError when two cells have the same levels, or a value is not finite
 */
export function cellsOfGrid(cells: readonly GridCell[], axes: readonly string[]): GridCell[] {
  const inside = cells.filter(
    ({ settings, values }) => values.size > 0 && axes.every((axis) => axis in settings),
  );
  const seen = new Set<string>();
  for (const { settings, values } of inside) {
    const name = nameOf(settings, axes);
    if (seen.has(name)) throw new RangeError(`Two cells have the same levels: ${name}.`);
    seen.add(name);
    requireFinite([...values.values()], `Values of cell ${name}`);
  }
  return inside;
}

/** The levels of an axis, in the order in which cells bring them. */
export function levelsOf(cells: readonly GridCell[], axis: string): string[] {
  return [...new Set(cells.map(({ settings }) => settings[axis]))];
}

/** The largest part of the grid that is balanced in `factors`, one or more of `axes`. */
export function balancedPart(
  cells: readonly GridCell[],
  axes: readonly string[],
  factors: readonly string[],
): BalancedPart | Refusal {
  const inside = cellsOfGrid(cells, axes);
  const levels = factors.map((factor) => levelsOf(inside, factor));
  const flat = factors.find((_, i) => levels[i].length < 2);
  if (flat !== undefined) return { refused: fewerThanTwoLevels(cells, inside, flat) };
  const combinations = levels
    .reduce<string[][]>((known, next) => known.flatMap((row) => next.map((level) => [...row, level])), [[]])
    .map((row) => nameOf(Object.fromEntries(factors.map((factor, i) => [factor, row[i]])), factors));
  const others = axes.filter((axis) => !factors.includes(axis));
  const contexts = new Map<string, Map<string, GridCell['values']>>();
  for (const { settings, values } of inside) {
    const context = nameOf(settings, others);
    const here = contexts.get(context) ?? new Map<string, GridCell['values']>();
    contexts.set(context, here.set(nameOf(settings, factors), values));
  }
  const complete = [...contexts.values()].filter(({ size }) => size === combinations.length);
  const among = `all levels of ${factors.join(' and ')}`;
  if (complete.length === 0) return { refused: `No setting of the other axes has cells with ${among}.` };
  const used = complete.flatMap((byCombination) => [...byCombination.values()]);
  const seeds = [...used[0].keys()].filter((seed) => used.every((values) => values.has(seed)));
  if (seeds.length === 0) return { refused: `No seed finished in every cell with ${among}.` };
  return {
    levels,
    contexts: complete.length,
    cellsLeftOut: inside.length - used.length,
    seeds,
    means: combinations.map((combination) => seeds.map((seed) => meanOver(complete, combination, seed))),
  };
}

function fewerThanTwoLevels(cells: readonly GridCell[], inside: readonly GridCell[], axis: string): string {
  const all = levelsOf(
    cells.filter(({ settings }) => axis in settings),
    axis,
  );
  if (all.length < 2) return `Axis ${axis} has fewer than two levels.`;
  const [only = 'none'] = levelsOf(inside, axis);
  return (
    `Of axis ${axis} only ${only} is in cells that have a level on every axis. Cells without one, as a conditional axis leaves ` +
    'them, stand outside.'
  );
}

/** `axis=level, axis=level`, as messages and keys name a cell. */
export function nameOf(settings: Readonly<Record<string, string>>, axes: readonly string[]): string {
  return axes.map((axis) => `${axis}=${settings[axis]}`).join(', ');
}

function meanOver(
  contexts: readonly ReadonlyMap<string, ReadonlyMap<string, number>>[],
  combination: string,
  seed: string,
): number {
  return (
    contexts.reduce((total, cell) => total + (cell.get(combination)?.get(seed) ?? NaN), 0) / contexts.length
  );
}
