// What a cell sets in the base config: values by key path, each with the place of the study file that says so.
import { isChoice } from '../../train/configSchema.js';
import { setAtPath } from '../../train/overrides.js';
import type { KeyPath } from '../../shared/checkValue.js';

/** One value that a study sets in the base config. */
export interface Assignment {
  /** Key path of the config, e.g. `model.attention.ratio`. */
  readonly key: string;
  readonly value: unknown;
  /** Where the study file has the value. */
  readonly at: KeyPath;
  /** Where the study file has the key. */
  readonly keyAt: KeyPath;
}

/** An assignment that cannot be made. */
export interface Obstacle {
  readonly assignment: Assignment;
  /** A sentence. */
  readonly message: string;
}

/** The assignments of a mapping of key paths to values that the study file has at `at`. */
export function assignmentsOf(settings: Readonly<Record<string, unknown>>, at: KeyPath): Assignment[] {
  return Object.entries(settings).map(([key, value]) => {
    return { key, value, at: [...at, key], keyAt: [...at, key] };
  });
}

/** A copy of a plain config with values set in their order, or the first of them that cannot be. */
export function assign(
  config: unknown,
  assignments: readonly Assignment[],
): { config: unknown } | { obstacle: Obstacle } {
  let result = config;
  for (const assignment of assignments) {
    let obstacle: Obstacle | undefined;
    try {
      result = setAtPath(result, assignment.key.split('.'), assignment.value, ({ at, message, isChoice }) => {
        const hint = isChoice === true ? ` Set ${at} to a name first.` : '';
        obstacle = { assignment, message: `${assignment.key}: ${message}${hint}` };
        return new Error(message);
      });
    } catch (error) {
      if (obstacle === undefined) throw error;
      return { obstacle };
    }
  }
  return { config: result };
}

/**
 * The value of a plain config at a key path; undefined where there is none. A model, attention, optimizer or schedule that
 * is given by its bare name has the key `name` too.
 */
export function valueAt(config: unknown, key: string): unknown {
  let value = config;
  let at = '';
  for (const name of key.split('.')) {
    if (typeof value === 'string' && name === 'name' && isChoice(at)) return value;
    if (typeof value !== 'object' || value === null) return undefined;
    const container: unknown = value;
    value = Object.entries(container as object).find(([known]) => known === name)?.[1];
    at = at === '' ? name : `${at}.${name}`;
  }
  return value;
}

/** Whether two key paths are the same, or one leads into the value of the other. */
export function overlap(first: string, second: string): boolean {
  return `${first}.`.startsWith(`${second}.`) || `${second}.`.startsWith(`${first}.`);
}
