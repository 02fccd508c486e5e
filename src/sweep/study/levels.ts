// The levels that cells have on the axes of a study, as text.
import { valueAt } from './assignments.js';
import type { DraftCell } from './buildStudy.js';
import { levelText } from './cellNames.js';
import type { Axis, Combination } from './design.js';
import type { Settings } from './study.js';

type Levels = Readonly<Record<string, string>>;

/** What a cell sets, by key path. */
export function settingsOf(assignments: Combination): Settings {
  return Object.fromEntries(assignments.map(({ key, value }) => [key, value]));
}

/**
 * The levels of each axis and of each cell.
 * @param ofBase in a one-at-a-time design those of its levels that are the base config's; else null
 */
export function levelsOf(
  axes: readonly Axis[],
  cells: readonly DraftCell[],
  ofBase: ReadonlyMap<string, string> | null,
): { ofAxes: Readonly<Record<string, readonly string[]>>; ofCells: Levels[] } {
  const base = cells.find(({ method }) => method === 0)?.config;
  const baseLevel = (key: string): string | null => {
    if (ofBase === null) return null;
    const value = valueAt(base, key);
    return ofBase.get(key) ?? (value === undefined ? null : levelText(value));
  };
  const levelOf = ({ assignments, role, config }: DraftCell, { key }: Axis): string | null => {
    if (role === 'control') return null;
    const own = assignments.find((level) => level.key === key);
    if (own !== undefined) return levelText(own.value);
    // A cell that another axis took the key from has no level on it.
    return valueAt(config, key) === undefined ? null : baseLevel(key);
  };
  const ofAxes = axes.map(({ key, levels }) => {
    const named = levels.map(({ value }) => levelText(value));
    const first = baseLevel(key);
    return [key, first === null || named.includes(first) ? named : [first, ...named]] as const;
  });
  const ofCells = cells.map((cell) =>
    Object.fromEntries(
      axes.flatMap((axis) => {
        const level = levelOf(cell, axis);
        return level === null ? [] : [[axis.key, level]];
      }),
    ),
  );
  return { ofAxes: Object.fromEntries(ofAxes), ofCells };
}
