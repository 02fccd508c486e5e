// A recording whose parts come in one by one, and what is wrong with a part that goes on with it.
import type { Parts } from './parts.js';
import { quote } from './problems.js';
import type { ReadOptions } from './reader.js';
import { disorder } from './times.js';

/** What is known of one recording while its parts come in. */
export interface Entry {
  readonly id: string;
  readonly line: number;
  readonly label: string;
  readonly group: string | null;
  readonly split: string | null;
  length: number;
  time: number;
  /** Steps of each class, where steps have theirs. */
  labelSteps: Map<string, number> | null;
  /** Whether label, group or split changed, which is reported once. */
  inconsistent: boolean;
}

/** The class of a recording: that of most of its labelled steps, the first that occurs where several have as many. */
export function labelOf({ label, labelSteps }: Entry): string {
  let [most, steps] = [label, 0];
  for (const [other, count] of labelSteps ?? []) {
    if (other !== '' && count > steps) [most, steps] = [other, count];
  }
  return most;
}

/** What is wrong with the first time of a part that goes on with a recording. */
export function disorderOf(
  { time }: Entry,
  { firstTimes, timeTexts }: Parts,
  part: number,
): string | undefined {
  if (firstTimes === null || timeTexts === null) return undefined;
  return disorder(time, firstTimes[part], timeTexts[part], 'rows');
}

/** What is wrong with the class, group or split of a part that goes on with a recording; said once. */
export function changed(
  entry: Entry,
  parts: Parts,
  part: number,
  { labelsPer, groups }: ReadOptions,
): string | undefined {
  if (entry.inconsistent) return undefined;
  const now = {
    label: parts.labels[part],
    group: parts.groups?.[part] ?? null,
    split: parts.splits?.[part] ?? null,
  };
  const mayChange = { label: labelsPer === 'step', group: groups === 'optional', split: false };
  const role = (['label', 'group', 'split'] as const).find(
    (name) => !mayChange[name] && now[name] !== entry[name],
  );
  if (role === undefined) return undefined;
  entry.inconsistent = true;
  const where = entry.line === 0 ? 'before' : `on line ${entry.line}`;
  return (
    `the ${role} is ${quote(now[role] ?? '')}, but it was ${quote(entry[role] ?? '')} ${where}; ` +
    `a recording has one ${role}.${role === 'label' && groups !== 'ignore' ? ' With data.windows, each window has its own.' : ''}`
  );
}
