// Rows of a table with one row a step: a row goes on with the last part of its recording, or begins one.
import type { PartsBuilder } from './parts.js';
import type { ReadOptions } from './reader.js';

/** What a row says beside the values of its step. */
export interface StepRow {
  readonly line: number;
  readonly id: string;
  /** Empty where unknown. */
  readonly label: string;
  readonly group: string | undefined;
  readonly split: string | undefined;
  /** Null where there is none, or it is a problem. */
  readonly time: number | null;
  /** The time as it is written, for messages. */
  readonly timeText: () => string;
}

/** Adds a step to the part to which it belongs; its values come next. */
export function addStep(parts: PartsBuilder, row: StepRow, times: ReadOptions['times'] = 'check'): void {
  const { line, id, label, group, split, time, timeText } = row;
  const last = parts.part?.id === id ? parts.part : parts.turnTo(id);
  const goesOn =
    last?.label === label &&
    last.group === group &&
    last.split === split &&
    (time === null || last.time === undefined || time > last.time.last || times === 'keep-unordered');
  if (goesOn) {
    if (time !== null && last.time !== undefined) last.time.last = time;
  } else {
    const span = time === null ? undefined : { first: time, last: time, text: timeText() };
    parts.begin({ line, id, label, group, split, time: span });
  }
  parts.grow(1);
  if (times !== 'check' && time !== null) parts.stepTimes.push(time);
}
