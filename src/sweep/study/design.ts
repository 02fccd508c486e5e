// Designs: which combinations of the levels of the axes are cells.
import { canonical } from '../../shared/canonical.js';
import { deriveSeed, permutation } from '../../shared/random.js';
import { isChoice } from '../../train/configSchema.js';
import { assign, valueAt, type Assignment } from './assignments.js';
import type { StudyFile } from './studySchema.js';

/** What a study varies. */
export interface Axis {
  readonly key: string;
  readonly levels: readonly Assignment[];
  /** The values that other keys must have for the axis to be there. */
  readonly when: Readonly<Record<string, unknown>>;
}

/** A level for each axis that is there, in the order of the axes. */
export type Combination = readonly Assignment[];

/** Grids may have so many combinations, to be drawn from. */
export const mostCombinations = 200_000;

/** The axes of a study file in its order. */
export function axesOf(file: Pick<StudyFile, 'axes'>): Axis[] {
  return Object.entries(file.axes).map(([key, axis]) => {
    const isConditional = !Array.isArray(axis);
    const keyAt = ['axes', key];
    const at = isConditional ? [...keyAt, 'values'] : keyAt;
    const values = isConditional ? axis.values : axis;
    return {
      key,
      levels: values.map((value, i) => ({ key, value, at: [...at, i], keyAt })),
      when: isConditional ? axis.when : {},
    };
  });
}

/**
 * All combinations of the levels of the axes that are there; null when there are more than `mostCombinations`.
 * @param base the plain base config, which conditions look at as the levels before them leave it
 */
export function gridOf(axes: readonly Axis[], base: unknown): Combination[] | null {
  let partial: { levels: Assignment[]; config: unknown }[] = [{ levels: [], config: base }];
  for (const axis of axes) {
    const next = [];
    for (const { levels, config } of partial) {
      if (!holds(axis, config)) {
        next.push({ levels, config });
        continue;
      }
      for (const level of axis.levels) {
        const assigned = assign(config, [level]);
        // Where a level cannot be set, the check of the cell says so.
        next.push({ levels: [...levels, level], config: 'config' in assigned ? assigned.config : config });
      }
    }
    if (next.length > mostCombinations) return null;
    partial = next;
  }
  return partial.map(({ levels }) => levels);
}

/** Some of the combinations, drawn by a seed, in the order of the grid. More of them hold fewer of the same seed. */
export function drawn(
  grid: readonly Combination[],
  { cells, seed }: { cells: number; seed: number },
): Combination[] {
  const chosen = new Set(permutation(grid.length, deriveSeed(seed, 'cells')).slice(0, cells));
  return grid.filter((_, i) => chosen.has(i));
}

/** The base config itself, and each level of each axis that is there beside it. */
export function oneAtATime(axes: readonly Axis[], base: unknown): Combination[] {
  const present = axes.filter((axis) => holds(axis, base));
  return [[], ...present.flatMap(({ levels }) => levels.map((level) => [level]))];
}

/** Whether an axis is there in a plain config. */
export function holds({ when }: Axis, config: unknown): boolean {
  return Object.entries(when).every(([key, expected]) => {
    const value = valueAt(config, key);
    const found = [value, ...(isChoice(key) ? [valueAt(value, 'name')] : [])].map(canonical);
    const wanted = [expected, ...(Array.isArray(expected) ? (expected as unknown[]) : [])].map(canonical);
    return value !== undefined && wanted.some((each) => found.includes(each));
  });
}
