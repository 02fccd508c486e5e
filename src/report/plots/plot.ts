// What all plots share: a picture with its text alternative, its caption, its axes.
import { isNumber } from '../format.js';
import { join, markup, type Content, type Markup } from '../markup.js';
import type { Scale } from './scale.js';

/** Width of a small plot in its own units, which are pixels unless the page is narrower. */
export const smallWidth = 360;

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** What the picture is. */
  readonly title: string;
  /** What it shows, for readers who do not see it. */
  readonly description: string;
}

/** An image that shrinks with the page. */
export function picture({ width, height, title, description }: Picture, marks: Content): Markup {
  return markup`<svg role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-label="${title}. ${description}"><title>${title}</title>${marks}</svg>`;
}

/** An image as wide as the page lets it be, whose text keeps its size: places along x are percentages. */
export function fluidPicture({ height, title, description }: Omit<Picture, 'width'>, marks: Content): Markup {
  return markup`<svg role="img" class="fluid" width="100%" height="${height}" aria-label="${title}. ${description}"><title>${title}</title>${marks}</svg>`;
}

/** A picture with its title above and a note below. */
export function figure(title: Content, image: Markup, note: Content = null, kind = ''): Markup {
  return markup`<figure${kind !== '' && markup` class="${kind}"`}><figcaption>${title}</figcaption><div class="picture">${image}</div>${note !== null && markup`<div class="note">${note}</div>`}</figure>`;
}

/** The rectangle that data are drawn in. */
export interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export function smallArea(height: number): Area {
  return { left: 48, right: smallWidth - 14, top: 26, bottom: height - 40 };
}

/** Grid lines, tick labels and titles of both axes; the title of the vertical one stands above it. */
export function axes(area: Area, x: Scale, y: Scale, titles: { x: string; y: string }): Markup {
  return join([
    y.ticks.map(
      ({ at, label }) =>
        markup`<line class="grid" x1="${area.left}" x2="${area.right}" y1="${place(at)}" y2="${place(at)}"/><text class="tick" x="${area.left - 7}" y="${place(at + 4)}" text-anchor="end">${label}</text>`,
    ),
    markup`<line class="axis" x1="${area.left}" x2="${area.right}" y1="${area.bottom}" y2="${area.bottom}"/>`,
    x.ticks.map(
      ({ at, label }) =>
        markup`<line class="axis" x1="${place(at)}" x2="${place(at)}" y1="${area.bottom}" y2="${area.bottom + 4}"/><text class="tick" x="${place(at)}" y="${area.bottom + 17}" text-anchor="middle">${label}</text>`,
    ),
    markup`<text class="name" x="0" y="12">${titles.y}</text><text class="name" x="${place((area.left + area.right) / 2)}" y="${area.bottom + 35}" text-anchor="middle">${titles.x}</text>`,
  ]);
}

/** The `d` of a line through points, in steps from one to the next; a point that is no number interrupts it. */
export function path(points: readonly (readonly [number, number])[]): string {
  let text = '';
  let last: readonly [number, number] | null = null;
  for (const [x, y] of points) {
    if (!isNumber(x) || !isNumber(y)) {
      last = null;
      continue;
    }
    // In whole tenths, so that steps do not add up to an error.
    const at = [Math.round(10 * x), Math.round(10 * y)] as const;
    text +=
      last === null
        ? `M${tenths(at[0])} ${tenths(at[1])}`
        : `l${tenths(at[0] - last[0])} ${tenths(at[1] - last[1])}`;
    last = at;
  }
  return text.replaceAll(' -', '-');
}

/** The `d` of the area between an upper and a lower line over the same places; points that are no numbers are left out. */
export function bandPath(points: readonly (readonly [x: number, lower: number, upper: number])[]): string {
  const known = points.filter((point) => point.every(isNumber));
  if (known.length < 2) return '';
  const upper = known.map(([x, , y]) => [x, y] as const);
  const lower = known.map(([x, y]) => [x, y] as const).reverse();
  return `${path([...upper, ...lower])}Z`;
}

function tenths(value: number): string {
  const text = String(value / 10);
  return value > -10 && value < 10 ? text.replace('0.', '.') : text;
}

/** A coordinate with one decimal, which is finer than a screen. */
export function place(value: number): number {
  return Math.round(10 * value) / 10;
}

/** About how wide text is, in pixels. */
export function textWidth(text: string, size = 12): number {
  let width = 0;
  for (const character of text)
    width += character > '\u2e7f' ? 1 : /[A-Zmw@%+=−]/.test(character) ? 0.72 : 0.54;
  return Math.ceil(width * size);
}

/** Entries beside short strokes of their colour. */
export function legend(entries: readonly { readonly kind: string; readonly text: string }[]): Markup {
  return markup`<ul class="legend">${entries.map(({ kind, text }) => markup`<li><i class="${kind}"></i>${text}</li>`)}</ul>`;
}
