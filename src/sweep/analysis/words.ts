// Numbers and lists in the sentences of a report.
import type { Interval } from '../statistics/index.js';
import { percent, short } from '../statistics/words.js';

/** Four significant digits, as means are told. */
export function number(value: number): string {
  return `${Number(value.toPrecision(4))}`.replaceAll('-', '−');
}

/** A difference with its sign: `+0.012`. */
export function signed(difference: number): string {
  return difference > 0 ? `+${short(difference)}` : short(difference);
}

/** `95 % interval 0.1 to 0.2`. */
export function within({ level, lower, upper }: Interval, format: (value: number) => string): string {
  return `${percent(level)} interval ${format(lower)} to ${format(upper)}`;
}

/** `p = 0.012`, or `p < 0.0001`. */
export function pValue(p: number): string {
  return p < 1e-4 ? 'p < 0.0001' : `p = ${short(p)}`;
}

/** ` on JapaneseVowels`; nothing where the study names no data sets. */
export function onDataset(dataset: string | null): string {
  return dataset === null ? '' : ` on ${dataset}`;
}

export function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
