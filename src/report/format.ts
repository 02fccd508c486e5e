// Numbers as a reader wants them: few digits, a true minus, a dash for what is not there.
import type { Interval } from '../sweep/statistics/index.js';

/** Stands for a number that is not there. */
export const absent = '–';

type Maybe = number | null | undefined;

/** A value of the metric: four decimals, fewer of large values, a power of ten for tiny ones. */
export function number(value: Maybe): string {
  if (!isNumber(value)) return absent;
  const size = Math.abs(value);
  if (size !== 0 && size < 0.00005) return power(value);
  if (size >= 1e9) return power(value);
  if (size >= 1000) return minus(grouped(value.toFixed(0)));
  return minus(value.toFixed(size < 10 ? 4 : size < 100 ? 3 : 2));
}

/** The same with a sign, as differences have. */
export function signed(value: Maybe): string {
  return isNumber(value) && value > 0 ? `+${number(value)}` : number(value);
}

/** Two decimals, as effect sizes and probabilities have. */
export function short(value: Maybe): string {
  return isNumber(value) ? minus(value.toFixed(2)) : absent;
}

/** Three decimals, and no pretence below a thousandth. */
export function pValue(p: Maybe): string {
  if (!isNumber(p)) return absent;
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** `p = 0.012`, as sentences have it. */
export function pText(p: Maybe): string {
  return isNumber(p) && p < 0.001 ? 'p < 0.001' : `p = ${pValue(p)}`;
}

/** Three significant digits, for quantities whose size is not known beforehand. */
export function significant(value: Maybe): string {
  if (!isNumber(value)) return absent;
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-4 || size >= 1e6)
    ? power(value)
    : minus(grouped(String(Number(value.toPrecision(3)))));
}

/** `265,989` */
export function count(value: Maybe): string {
  return isNumber(value) ? minus(grouped(value.toFixed(0))) : absent;
}

/** `7.63 M`, three significant digits. */
export function compact(value: Maybe): string {
  if (!isNumber(value)) return absent;
  const units = ['', ' k', ' M', ' G', ' T'];
  const size = Math.abs(value);
  const unit = size < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(size) / 3 + 1e-9));
  return minus(`${Number((value / 1000 ** unit).toPrecision(3))}${units[unit]}`);
}

/** `2.81 ms`, `41 s`, `12 min`, `3.5 h` */
export function seconds(value: Maybe): string {
  if (!isNumber(value)) return absent;
  const three = (scaled: number) => minus(String(Number(scaled.toPrecision(3))));
  if (value < 1e-3) return `${three(value * 1e6)} µs`;
  if (value < 1) return `${three(value * 1e3)} ms`;
  if (value < 120) return `${three(value)} s`;
  return value < 7200 ? `${three(value / 60)} min` : `${three(value / 3600)} h`;
}

/** `412 MB`, in powers of ten. */
export function bytes(value: Maybe): string {
  if (!isNumber(value)) return absent;
  return value < 1000 ? `${compact(value)} B` : `${compact(value)}B`;
}

/** `12.5 %` of 0.125 */
export function percent(share: Maybe): string {
  return isNumber(share) ? `${minus((100 * share).toFixed(1))} %` : absent;
}

/** `[0.9812, 0.9910]` */
export function range(
  interval: Interval | null | undefined,
  format: (value: number) => string = number,
): string {
  return interval ? `[${format(interval.lower)}, ${format(interval.upper)}]` : absent;
}

/** `1–3, 7` of 1, 2, 3 and 7 */
export function seedRanges(seeds: readonly number[]): string {
  const sorted = [...new Set(seeds)].sort((a, b) => a - b);
  const runs: [number, number][] = [];
  for (const seed of sorted) {
    const last = runs.at(-1);
    if (last !== undefined && seed === last[1] + 1) last[1] = seed;
    else runs.push([seed, seed]);
  }
  return runs
    .map(([first, last]) =>
      first === last ? `${first}` : last === first + 1 ? `${first}, ${last}` : `${first}–${last}`,
    )
    .join(', ');
}

/** At most so many characters, the last of them an ellipsis where some are left out. */
export function shorten(text: string, length: number): string {
  const characters = Array.from(text);
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}

export function isNumber(value: Maybe): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function power(value: number): string {
  const [digits, exponent] = value.toExponential(1).split('e');
  const raised = exponent
    .replace('+', '')
    .replace('-', '⁻')
    .replace(/\d/g, (digit) => superscripts[Number(digit)]);
  return `${minus(digits)}×10${raised}`;
}

/** Commas between thousands of the whole part. */
function grouped(digits: string): string {
  return digits.replace(/^-?\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','));
}

function minus(text: string): string {
  return text.replaceAll('-', '−');
}
