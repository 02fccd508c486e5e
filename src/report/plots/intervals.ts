// Estimates with their intervals, one below the other: forest plots, main effects.
import type { Interval } from '../../sweep/statistics/index.js';
import { isNumber } from '../format.js';
import { markup, type Markup } from '../markup.js';
import { figure, fluidPicture } from './plot.js';
import { extent, linearScale } from './scale.js';

export interface IntervalRow {
  readonly label: string;
  readonly value: number;
  readonly interval: Interval | null;
  /** Filled; others are hollow. */
  readonly filled: boolean;
  /** At the right end, beside the label. */
  readonly text: string;
}

export interface IntervalPlot {
  readonly title: string;
  readonly description: string;
  readonly rows: readonly IntervalRow[];
  /** The values that the axis has to show; by default those of the rows. */
  readonly domain?: readonly [number, number] | null;
  /** Name of the axis. */
  readonly axis: string;
  /** Differences up to so much are shaded as too small to matter. */
  readonly negligible?: number | null;
  /** About how many ticks, default 4. */
  readonly ticks?: number;
  readonly note: string;
}

const rowHeight = 38;
const top = 8;

/** The values that rows span, their intervals included, and 0. */
export function domainOf(rows: readonly Pick<IntervalRow, 'value' | 'interval'>[]): [number, number] | null {
  return extent([0, ...rows.flatMap(({ value, interval }) => [value, interval?.lower, interval?.upper])]);
}

/** Rows in their order, with a line at 0. */
export function intervalPlot({ rows, axis, negligible = null, ticks = 4, ...plot }: IntervalPlot): Markup {
  const margin = isNumber(negligible) ? [-negligible, negligible] : [];
  const domain = extent([...(plot.domain ?? domainOf(rows) ?? []), ...margin]);
  const scale = linearScale(domain, [4, 96], { count: ticks, whole: false });
  const x = (value: number) => percentOf(scale.at(value));
  const bottom = top + rowHeight * rows.length + 4;
  const lane = [
    isNumber(negligible) &&
      negligible > 0 &&
      markup`<rect class="shade" x="${x(-negligible)}" width="${percentOf(scale.at(negligible) - scale.at(-negligible))}" y="${top}" height="${bottom - top}"/>`,
    scale.ticks.map(
      ({ at, label }) =>
        markup`<line class="grid" x1="${percentOf(at)}" x2="${percentOf(at)}" y1="${top}" y2="${bottom}"/><text class="tick" x="${percentOf(at)}" y="${bottom + 16}" text-anchor="middle">${label}</text>`,
    ),
    markup`<line class="zero" x1="${x(0)}" x2="${x(0)}" y1="${top}" y2="${bottom}"/>`,
    rows.map(({ value, interval, filled }, i) => {
      const y = top + rowHeight * i + 26;
      return markup`${
        interval &&
        markup`<line class="whisker" x1="${x(interval.lower)}" x2="${x(interval.upper)}" y1="${y}" y2="${y}"/>`
      }<circle class="${filled ? 'dot' : 'dot hollow'}" cx="${x(value)}" cy="${y}" r="4.5"/>`;
    }),
    markup`<text class="name" x="50%" y="${bottom + 34}" text-anchor="middle">${axis}</text>`,
  ];
  // The style sheet lays the labels over their rows, or beside them where there is room for that.
  const labels = markup`<ul class="labels">${rows.map(
    ({ label, text }) =>
      markup`<li style="height:${rowHeight}px"><span title="${label}">${label}</span><span>${text}</span></li>`,
  )}</ul>`;
  const image = fluidPicture({ height: bottom + 40, ...plot }, lane);
  return figure(plot.title, markup`<div class="forest">${image}${labels}</div>`, plot.note, 'fluid');
}

function percentOf(value: number): string {
  return `${Math.round(100 * value) / 100}%`;
}
