// Learning curves: of all cells, with a few that stand out.
import { markup, join, type Markup } from '../markup.js';
import { count, number } from '../format.js';
import { axes, figure, path, picture, place, smallArea, smallWidth } from './plot.js';
import { costScale, extent, linearScale } from './scale.js';

export interface Curve {
  readonly label: string;
  /** Class of its colour, `c1` …; null for one of the many. */
  readonly kind: string | null;
  readonly points: readonly { readonly epoch: number; readonly value: number | null }[];
}

const height = 260;
/** More points than that no small plot can show. */
const most = 120;

/**
 * Null where no curve has a value.
 * @param axis what the curves are of, e.g. `validation loss`
 */
export function curvePlot(axis: string, curves: readonly Curve[]): Markup | null {
  const points = curves.flatMap((curve) => curve.points);
  const values = extent(points.map(({ value }) => value));
  const epochs = extent(points.map(({ epoch }) => epoch));
  if (values === null || epochs === null) return null;
  const area = smallArea(height);
  const x = linearScale(epochs, [area.left, area.right], {
    count: Math.min(4, epochs[1] - epochs[0]) || 1,
    label: count,
  });
  const y = costScale(values, [area.bottom, area.top], { factor: 30, label: tick });
  const line = ({ points, kind, label }: Curve) =>
    markup`<path class="curve ${kind ?? 'many'}" d="${path(thin(points).map(({ epoch, value }) => [x.at(epoch), value === null ? NaN : y.at(value)]))}"><title>${label}</title></path>`;
  // Those that stand out lie above the many.
  const order = [
    ...curves.filter(({ kind }) => kind === null),
    ...curves.filter(({ kind }) => kind !== null),
  ];
  const ends = order.flatMap(({ kind, points }) => {
    const last = kind === null ? undefined : points.findLast(({ value }) => value !== null);
    return last === undefined || last.value === null
      ? []
      : [
          markup`<circle class="${kind}" cx="${place(x.at(last.epoch))}" cy="${place(y.at(last.value))}" r="3"/>`,
        ];
  });
  const named = curves.filter(({ kind }) => kind !== null);
  const description =
    `${axis} of ${curves.length} cells from epoch ${epochs[0]} to ${epochs[1]}, between ${number(values[0])} and ${number(values[1])}. ` +
    named.map(({ label, points }) => `${label} ends at ${number(points.at(-1)?.value)}.`).join(' ');
  const title = `${axis[0].toUpperCase()}${axis.slice(1)} by epoch`;
  return figure(
    title,
    picture(
      { width: smallWidth, height, title, description },
      join([axes(area, x, y, { x: 'epoch', y: axis }), order.map(line), ends]),
    ),
  );
}

function thin<T>(points: readonly T[]): readonly T[] {
  const step = Math.ceil(points.length / most);
  return points.filter((_, i) => i % step === 0 || i === points.length - 1);
}

function tick(value: number): string {
  return String(Number(value.toPrecision(6))).replace('-', '−');
}
