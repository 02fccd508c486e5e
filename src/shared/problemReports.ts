// The problems of a text that a user wrote, together with what the command line replaced in it, as one error.
import type { KeyPath, Problem } from './checkValue.js';
import { formatPlace, UserError, type Place } from './errors.js';
import { hasPath, placeOf, type YamlText } from './yamlText.js';

/** One line of the error. */
export interface Report {
  readonly place: Place;
  readonly message: string;
}

/** What the command line replaced: `text` as it was typed. */
interface Replacement {
  readonly text: string;
  readonly path: KeyPath;
}

/**
 * A problem at its place in the text, or at the override that caused it.
 * @param within the key of the text under which the value stands that the problem and the overrides are about
 */
export function reportOf(
  problem: Problem,
  text: YamlText,
  overrides: readonly Replacement[],
  within: KeyPath = [],
): Report {
  const path = [...within, ...problem.path];
  const override = overrides.findLast((candidate) =>
    isCause(candidate.path, problem.path, hasPath(text, path)),
  );
  return override === undefined
    ? { place: placeOf(text, path, problem.part), message: problem.message }
    : { place: {}, message: `Override "${override.text}": ${problem.message}` };
}

/** One error for all reports: those with a place in the order of their lines, then the others. */
export function errorOf(reports: readonly Report[]): UserError {
  const order = ({ line = Infinity, column = Infinity }: Place) => line * 1e6 + column;
  const sorted = reports.toSorted((a, b) => order(a.place) - order(b.place) || 0);
  const [{ place, message }, ...rest] = sorted;
  return new UserError([message, ...rest.map((r) => formatPlace(r.place) + r.message)].join('\n'), place);
}

/** Whether an override set the value at `path`, or made the key at `path`, which the text lacks. */
function isCause(override: KeyPath, path: KeyPath, isInText: boolean): boolean {
  const common = Math.min(override.length, path.length);
  if (override.slice(0, common).some((key, i) => String(key) !== String(path[i]))) return false;
  return override.length <= path.length || !isInText;
}
