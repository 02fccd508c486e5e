// Quality against cost, with the cells that no other beats in both.
import { isNumber } from '../format.js';
import { join, markup, type Markup } from '../markup.js';
import { axes, figure, path, picture, place, smallArea, smallWidth } from './plot.js';
import { costScale, extent, linearScale } from './scale.js';

export interface ParetoPoint {
  readonly id: string;
  readonly label: string;
  readonly cost: number;
  readonly value: number;
  readonly role: 'grid' | 'control' | 'baseline';
}

export interface ParetoPlot {
  readonly points: readonly ParetoPoint[];
  /** Ids of the front. */
  readonly front: readonly string[];
  readonly better: 'higher' | 'lower';
  /** Names of the axes, e.g. `parameters` and `test.accuracy`. */
  readonly cost: string;
  readonly metric: string;
  readonly format: (cost: number) => string;
}

const height = 270;

/** Null without a point. Cells of the front have numbers, which the list below the plot explains. */
export function paretoPlot({ points, front, better, cost, metric, format }: ParetoPlot): Markup | null {
  const shown = points.filter((point) => isNumber(point.cost) && isNumber(point.value));
  if (shown.length === 0) return null;
  const area = smallArea(height);
  const x = costScale(extent(shown.map((point) => point.cost)), [area.left + 8, area.right - 10], {
    label: format,
  });
  const y = linearScale(extent(shown.map((point) => point.value)), [area.bottom - 4, area.top + 8]);
  const best = shown
    .filter(({ id }) => front.includes(id))
    .sort((a, b) => a.cost - b.cost || (better === 'higher' ? b.value - a.value : a.value - b.value));
  // The front as a staircase: up to the next cell's cost nothing better is to be had.
  const stairs = best.flatMap((point, i) => {
    const next = best.at(i + 1);
    const corner = [x.at(point.cost), y.at(point.value)] as const;
    return next === undefined
      ? [corner, [area.right, y.at(point.value)] as const]
      : [corner, [x.at(next.cost), y.at(point.value)] as const];
  });
  const dot = (point: ParetoPoint, kind: string) =>
    markup`<circle class="${kind}" cx="${place(x.at(point.cost))}" cy="${place(y.at(point.value))}" r="4"><title>${point.label}: ${format(point.cost)}</title></circle>`;
  const numbers = placeNumbers(best.map((point) => [x.at(point.cost), y.at(point.value)] as const));
  const marks = join([
    axes(area, x, y, { x: cost, y: metric }),
    shown
      .filter(({ id }) => !front.includes(id))
      .map((point) => dot(point, point.role === 'grid' ? 'dot hollow soft' : 'dot hollow c2')),
    best.length > 0 && markup`<path class="curve c1" d="${path(stairs)}"/>`,
    best.map((point) => dot(point, point.role === 'grid' ? 'dot' : 'dot c2')),
    best.map(
      (_, i) =>
        markup`<text class="halo strong" x="${place(numbers[i][0])}" y="${place(numbers[i][1])}" text-anchor="middle">${i + 1}</text>`,
    ),
  ]);
  const title = `${metric} against ${cost}`;
  const description =
    best.length === 0
      ? `${shown.length} cells.`
      : `Of ${shown.length} cells ${best.length} are on the front: ${best.map(({ label }) => label).join('; ')}.`;
  const note = markup`<ol class="front">${best.map(
    ({ label, cost }) => markup`<li><span>${label}</span> <b>${format(cost)}</b></li>`,
  )}</ol>`;
  return figure(
    title,
    picture({ width: smallWidth, height, title, description }, marks),
    best.length > 0 ? note : null,
  );
}

/** Above each point, or further up where the number before it already is. */
function placeNumbers(points: readonly (readonly [number, number])[]): [number, number][] {
  const placed: [number, number][] = [];
  for (const [x, y] of points) {
    let at = y - 9;
    while (placed.some(([otherX, otherY]) => Math.abs(otherX - x) < 13 && Math.abs(otherY - at) < 12))
      at -= 12;
    placed.push([x, at]);
  }
  return placed;
}
