// Quality against the reduction ratio: where the last gain stops paying, beside the customary 16.
import { customaryRatio } from '../../shared/customaryRatio.js';
import type { SufficientRatio } from '../../sweep/statistics/index.js';
import { number } from '../format.js';
import { join, markup, type Content, type Markup } from '../markup.js';
import { axes, bandPath, figure, path, picture, place, smallArea, smallWidth, textWidth } from './plot.js';
import { extent, linearScale, logScale } from './scale.js';

export interface RatioPlot {
  readonly title: string;
  readonly sufficient: SufficientRatio;
  /** The ratio of the closed form, drawn where it is not far from those that were tried; null where the data cannot tell. */
  readonly closedForm: number | null;
  readonly metric: string;
  /** What the vertical axis has to show, so that plots side by side can be compared. */
  readonly domain: readonly [number, number] | null;
  readonly note: Content;
}

const height = 280;

/** The ratio is on a logarithmic axis, as ratios are chosen. */
export function ratioPlot({ title, sufficient, metric, domain, note, ...plot }: RatioPlot): Markup {
  const { points } = sufficient;
  const closedForm = near(plot.closedForm, points);
  const area = { ...smallArea(height), top: 60 };
  const ratios = extent([...points.map(({ ratio }) => ratio), customaryRatio, closedForm]) ?? [
    1,
    customaryRatio,
  ];
  const log = logScale(ratios, [area.left + 6, area.right - 6]);
  const ticks = points.map(({ ratio }) => ({
    at: log.at(ratio),
    label: String(Number(ratio.toPrecision(3))),
  }));
  const x = { ...log, ticks: spread(ticks) };
  const y = linearScale(domain, [area.bottom - 4, area.top + 4]);
  const span = sufficient.interval;
  const marks = join([
    span &&
      span.lower < span.upper &&
      markup`<rect class="shade" x="${place(x.at(span.lower))}" width="${place(x.at(span.upper) - x.at(span.lower))}" y="${area.top}" height="${area.bottom - area.top}"/>`,
    axes(area, x, y, { x: 'reduction ratio', y: metric }),
    markup`<path class="band c1" d="${bandPath(points.map(({ ratio, fitted, interval }) => [x.at(ratio), y.at(interval?.lower ?? fitted), y.at(interval?.upper ?? fitted)]))}"/>`,
    markup`<path class="curve c1" d="${path(points.map(({ ratio, fitted }) => [x.at(ratio), y.at(fitted)]))}"/>`,
    points.map(
      (point) =>
        markup`<circle class="${point.ratio === sufficient.sufficient ? 'dot' : 'dot hollow'}" cx="${place(x.at(point.ratio))}" cy="${place(y.at(point.mean))}" r="4"><title>ratio ${point.ratio}: ${number(point.mean)}</title></circle>`,
    ),
    flags([
      { at: x.at(sufficient.sufficient), text: `stops paying: ${sufficient.sufficient}`, kind: 'c2' },
      { at: x.at(customaryRatio), text: 'customary 16', kind: 'dashed' },
      ...(closedForm === null
        ? []
        : [{ at: x.at(closedForm), text: `closed form: ${Number(closedForm.toPrecision(3))}`, kind: 'c3' }]),
    ]),
  ]);
  const description =
    `The mean is best at ratio ${sufficient.best}; ${sufficient.sufficient} is the largest ratio within the noise of it` +
    `${span ? ` (interval ${span.lower} to ${span.upper})` : ''}. The customary ratio is ${customaryRatio}.`;
  return figure(title, picture({ width: smallWidth, height, title, description }, marks), note);

  function flags(all: readonly { at: number; text: string; kind: string }[]): Content {
    // From left to right and downwards, so that no line runs through the text of another.
    return [...all]
      .sort((a, b) => a.at - b.at)
      .map(({ at, text, kind }, i) => {
        const y = 28 + 13 * i;
        const left = at + 5 + textWidth(text, 11.5) > smallWidth;
        return markup`<line class="flag ${kind}" x1="${place(at)}" x2="${place(at)}" y1="${y - 4}" y2="${area.bottom}"/><text class="halo small" x="${place(left ? at - 5 : at + 5)}" y="${y + 1}" text-anchor="${left ? 'end' : 'start'}">${text}</text>`;
      });
  }
}

/** A closed form far from all ratios that were tried would squeeze them into a corner; the note has it. */
function near(ratio: number | null, points: SufficientRatio['points']): number | null {
  const tried = extent(points.map((point) => point.ratio));
  return ratio !== null && tried !== null && ratio >= tried[0] / 4 && ratio <= tried[1] * 4 ? ratio : null;
}

/** Labels that would touch the one before them are left out. */
function spread<T extends { readonly at: number; readonly label: string }>(ticks: readonly T[]): T[] {
  const kept: T[] = [];
  for (const tick of ticks) {
    const last = kept.at(-1);
    if (last === undefined || tick.at - last.at > 4 * (tick.label.length + last.label.length) + 4)
      kept.push(tick);
  }
  return kept;
}
