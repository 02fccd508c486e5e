// The mean gate of each channel by class, as Hu et al. 2018 plot the excitations of a layer.
import type { GateLayer } from '../../sweep/analysis/studyReport.js';
import { isNumber, short } from '../format.js';
import { join, markup, type Markup } from '../markup.js';
import { axes, bandPath, figure, legend, path, picture, smallArea, smallWidth } from './plot.js';
import { extent, linearScale } from './scale.js';

const height = 240;
/** So many classes can be told apart in a plot; Hu et al. drew five of a thousand. */
const most = 5;

/** Null for gates without channels. */
export function gateProfile(gate: GateLayer): Markup | null {
  const { profile, spread, classes } = gate;
  if (profile === null || profile.length === 0 || profile[0].length === 0) return null;
  const overall = profile[0].map((_, channel) => mean(profile.map((row) => row[channel])));
  const order = overall.map((_, channel) => channel).sort((a, b) => overall[a] - overall[b] || a - b);
  const within = overall.map((_, channel) =>
    spread === null ? NaN : Math.sqrt(mean(spread.map((row) => row[channel] ** 2))),
  );
  const shown = profile
    .map((row, i) => ({ i, away: mean(row.map((value, channel) => (value - overall[channel]) ** 2)) }))
    .sort((a, b) => b.away - a.away || a.i - b.i)
    .slice(0, most)
    .map(({ i }) => i)
    .sort((a, b) => a - b);
  const area = smallArea(height);
  const drawn = [
    ...shown.flatMap((i) => profile[i]),
    ...overall.flatMap((value, i) => [value - within[i], value + within[i]]),
  ];
  const found = extent([...drawn, ...overall]) ?? [0, 1];
  const y = linearScale(found[0] >= -0.1 && found[1] <= 1.1 ? [0, 1] : found, [area.bottom, area.top]);
  const x = linearScale([0, order.length], [area.left, area.right]);
  const inside = (value: number) => y.at(Math.min(y.domain[1], Math.max(y.domain[0], value)));
  const at = (position: number) => area.left + ((position + 0.5) / order.length) * (area.right - area.left);
  const line = (row: readonly number[]) => path(order.map((channel, i) => [at(i), y.at(row[channel])]));
  const marks = join([
    axes(area, { ...x, ticks: [] }, y, {
      x: `${order.length} channels, by their mean gate`,
      y: 'mean gate',
    }),
    markup`<path class="band" d="${bandPath(order.map((channel, i) => [at(i), inside(overall[channel] - within[channel]), inside(overall[channel] + within[channel])]))}"/>`,
    shown.map(
      (i, place) =>
        markup`<path class="curve thin c${place + 1}" d="${line(profile[i])}"><title>class ${classes[i]}</title></path>`,
    ),
    markup`<path class="curve ink" d="${line(overall)}"/>`,
  ]);
  const title = gate.layer;
  const description =
    `Mean gates of ${order.length} channels by class on the test recordings, seed ${gate.seed}: between ` +
    `${short(extent(overall)?.[0])} and ${short(extent(overall)?.[1])} over all classes` +
    (gate.constant ? '; the gates do not vary between recordings.' : '.');
  const left =
    classes.length > shown.length ? ` (the ${shown.length} of ${classes.length} farthest from the mean)` : '';
  return figure(
    title,
    picture({ width: smallWidth, height, title, description }, marks),
    markup`${legend([
      ...shown.map((i, place) => ({ kind: `c${place + 1}`, text: classes[i] ?? String(i) })),
      { kind: 'ink', text: 'all classes' },
    ])}<p>Seed ${gate.seed}${left}; the band is one standard deviation between recordings of a class.${gate.constant && ' These gates are a constant scale.'}</p>`,
  );
}

function mean(values: readonly number[]): number {
  const known = values.filter(isNumber);
  return known.reduce((total, value) => total + value, 0) / known.length;
}
