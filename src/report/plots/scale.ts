// Scales from values to places in a plot, with ticks at round values.
import { compact, isNumber } from '../format.js';

export interface Scale {
  readonly domain: readonly [number, number];
  readonly at: (value: number) => number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

type Range = readonly [from: number, to: number];

/** The smallest and largest finite value; null without one. */
export function extent(values: Iterable<number | null | undefined>): [number, number] | null {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!isNumber(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : null;
}

/**
 * A linear scale.
 * @param options.count about how many ticks
 * @param options.whole whether the domain is widened to whole ticks
 */
export function linearScale(
  values: readonly [number, number] | null,
  range: Range,
  {
    count = 4,
    whole = true,
    label,
  }: { count?: number; whole?: boolean; label?: (value: number) => string } = {},
): Scale {
  const [low, high] = widen(values ?? [0, 1]);
  const step = roundStep((high - low) / count);
  const [down, up] = whole ? [Math.floor, Math.ceil] : [Math.ceil, Math.floor];
  const first = down(low / step + (whole ? 1e-9 : -1e-9));
  const last = up(high / step + (whole ? -1e-9 : 1e-9));
  const decimals = Math.min(12, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  const write = label ?? ((value) => tickText(value, decimals));
  const domain = whole ? ([first * step, last * step] as const) : ([low, high] as const);
  const at = interpolate(domain, range, (value) => value);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  return { domain, at, ticks: ticks.map((value) => ({ at: at(value), label: write(value) })) };
}

/**
 * A logarithmic scale with ticks at 1, 2 and 5 times powers of ten, fewer where the domain is wide.
 * @param values above 0
 */
export function logScale(
  values: readonly [number, number],
  range: Range,
  { label = compact }: { label?: (value: number) => string } = {},
): Scale {
  const [low, high] = values[0] === values[1] ? [values[0] / 2, values[0] * 2] : values;
  const margin = (high / low) ** 0.04;
  const domain = [low / margin, high * margin] as const;
  const decades = Math.log10(domain[1] / domain[0]);
  const digits = decades > 2.5 ? [1] : decades > 1.2 ? [1, 3] : [1, 2, 5];
  const every = Math.max(1, Math.ceil(decades / 6));
  const at = interpolate(domain, range, Math.log);
  const from = Math.floor(Math.log10(domain[0]));
  const to = Math.ceil(Math.log10(domain[1]));
  const ticks = Array.from({ length: to - from + 1 }, (_, i) => from + i)
    .filter((power) => power % every === 0)
    .flatMap((power) => digits.map((digit) => Number(`${digit}e${power}`)))
    .filter((value) => value >= domain[0] && value <= domain[1]);
  const shown = ticks.length >= 2 ? ticks : [low, high].map((value) => Number(value.toPrecision(3)));
  return { domain, at, ticks: shown.map((value) => ({ at: at(value), label: label(value) })) };
}

/** Logarithmic where the values span more than a factor and are above 0; linear elsewhere. */
export function costScale(
  values: readonly [number, number] | null,
  range: Range,
  { factor = 8, ...options }: { factor?: number; label?: (value: number) => string } = {},
): Scale {
  return values !== null && values[0] > 0 && values[1] / values[0] > factor
    ? logScale(values, range, options)
    : linearScale(values, range, { count: 3, ...options });
}

function interpolate([low, high]: Range, [from, to]: Range, of: (value: number) => number) {
  return (value: number) => from + ((of(value) - of(low)) / (of(high) - of(low))) * (to - from);
}

/** One value alone is given some room. */
function widen([low, high]: readonly [number, number]): [number, number] {
  if (high - low > 1e-9 * Math.max(Math.abs(low), Math.abs(high))) return [low, high];
  const room = low === 0 ? 1 : Math.abs(low) / 20;
  return [low - room, high + room];
}

/** 1, 2 or 5 times a power of ten, at least `step`. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const digit = [1, 2, 5, 10].find((each) => each * power >= step * (1 - 1e-9)) ?? 10;
  return digit * power;
}

function tickText(value: number, decimals: number): string {
  if (Math.abs(value) >= 10_000) return compact(value);
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−');
}
