// Estimates with their intervals, one below the other: forest plots, main effects.
import type { Interval } from '../../sweep/statistics/index.js';
import { isNumber, shorten } from '../format.js';
import { join, markup, type Markup } from '../markup.js';
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
  readonly note: string;
}

const rowHeight = 38;
const top = 8;

/** The values that rows span, their intervals included, and 0. */
export function domainOf(rows: readonly Pick<IntervalRow, 'value' | 'interval'>[]): [number, number] | null {
  return extent([0, ...rows.flatMap(({ value, interval }) => [value, interval?.lower, interval?.upper])]);
}

export function intervalPlot({ rows, axis, negligible = null, ...plot }: IntervalPlot): Markup {
  const margin = isNumber(negligible) ? [-negligible, negligible] : [];
  const domain = extent([...(plot.domain ?? domainOf(rows) ?? []), ...margin]);
  const scale = linearScale(domain, [2.5, 97.5], { whole: false });
  const x = (value: number) => `${Math.round(100 * scale.at(value)) / 100}%`;
  const bottom = top + rowHeight * rows.length + 4;
  const marks = join([
    isNumber(negligible) &&
      negligible > 0 &&
      markup`<rect class="shade" x="${x(-negligible)}" width="${Math.round(100 * (scale.at(negligible) - scale.at(-negligible))) / 100}%" y="${top}" height="${bottom - top}"/>`,
    scale.ticks.map(
      ({ at, label }) =>
        markup`<line class="grid" x1="${at.toFixed(2)}%" x2="${at.toFixed(2)}%" y1="${top}" y2="${bottom}"/><text class="tick" x="${at.toFixed(2)}%" y="${bottom + 16}" text-anchor="${at < 8 ? 'start' : at > 92 ? 'end' : 'middle'}">${label}</text>`,
    ),
    markup`<line class="zero" x1="${x(0)}" x2="${x(0)}" y1="${top}" y2="${bottom}"/>`,
    rows.map(({ label, value, interval, filled, text }, i) => {
      const y = top + rowHeight * i;
      return markup`<g><text class="halo" x="0" y="${y + 14}">${shorten(label, 34)}${shorten(label, 34) !== label && markup`<title>${label}</title>`}</text><text class="halo tick" x="100%" y="${y + 14}" text-anchor="end">${text}</text>${
        interval &&
        markup`<line class="whisker" x1="${x(interval.lower)}" x2="${x(interval.upper)}" y1="${y + 26}" y2="${y + 26}"/>`
      }<circle class="${filled ? 'dot' : 'dot hollow'}" cx="${x(value)}" cy="${y + 26}" r="4.5"/></g>`;
    }),
    markup`<text class="name" x="50%" y="${bottom + 34}" text-anchor="middle">${axis}</text>`,
  ]);
  return figure(plot.title, fluidPicture({ height: bottom + 40, ...plot }, marks), plot.note, 'fluid');
}
