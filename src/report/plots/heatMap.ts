// A heat map of the metric over two axes, with its numbers written into it.
import { absent, isNumber, number, shorten } from '../format.js';
import { join, markup, type Markup } from '../markup.js';
import { figure, picture, smallWidth, textWidth } from './plot.js';
import { extent } from './scale.js';

export interface HeatMap {
  readonly title: string;
  /** Axes and their levels. */
  readonly rows: { readonly name: string; readonly levels: readonly string[] };
  readonly columns: { readonly name: string; readonly levels: readonly string[] };
  /** `[row][column]`; null where the study has no cell. */
  readonly values: readonly (readonly (number | null)[])[];
  readonly better: 'higher' | 'lower';
  readonly note: string;
}

const rowHeight = 34;
const top = 44;

/** Better is darker; the best is framed. */
export function heatMap({ title, rows, columns, values, better, note }: HeatMap): Markup {
  const rowLabels = rows.levels.map((level) => shorten(level, 22));
  const columnLabels = columns.levels.map((level) => shorten(level, 14));
  const left = Math.min(
    150,
    Math.max(textWidth(rows.name), ...rowLabels.map((label) => textWidth(label))) + 12,
  );
  const least = Math.max(50, ...columnLabels.map((label) => textWidth(label) + 8));
  const columnWidth = Math.max(least, Math.min(72, (smallWidth - left) / columns.levels.length));
  const width = Math.ceil(left + columnWidth * columns.levels.length);
  const height = top + rowHeight * rows.levels.length + 2;
  const found = extent(values.flat());
  const share = (value: number) => {
    if (found === null || found[0] === found[1]) return 0.5;
    const part = (value - found[0]) / (found[1] - found[0]);
    return better === 'higher' ? part : 1 - part;
  };
  const best = found === null ? null : better === 'higher' ? found[1] : found[0];
  const at = (row: number, column: number) => {
    const value = values[row]?.[column] ?? null;
    const [x, y] = [left + columnWidth * column, top + rowHeight * row];
    const center = x + columnWidth / 2;
    if (!isNumber(value))
      return markup`<g class="tile"><rect class="empty" x="${x + 1}" y="${y + 1}" width="${columnWidth - 2}" height="${rowHeight - 2}" rx="3"/><text class="tick" x="${center}" y="${y + 21}" text-anchor="middle">${absent}</text></g>`;
    return markup`<g class="tile${value === best && ' best'}"><title>${rows.name} ${rows.levels[row]}, ${columns.name} ${columns.levels[column]}: ${number(value)}</title><rect style="--heat:${Math.round(100 * share(value))}%" x="${x + 1}" y="${y + 1}" width="${columnWidth - 2}" height="${rowHeight - 2}" rx="3"/><text x="${center}" y="${y + 21}" text-anchor="middle">${number(value)}</text></g>`;
  };
  const marks = join([
    markup`<text class="name" x="${left}" y="12">${columns.name}</text><text class="name" x="0" y="34">${rows.name}</text>`,
    columnLabels.map(
      (label, column) =>
        markup`<text class="tick" x="${left + columnWidth * (column + 0.5)}" y="34" text-anchor="middle">${label}</text>`,
    ),
    rowLabels.map(
      (label, row) => markup`<text class="tick" x="0" y="${top + rowHeight * row + 21}">${label}</text>`,
    ),
    rows.levels.map((_, row) => columns.levels.map((_, column) => at(row, column))),
  ]);
  return figure(title, picture({ width, height, title, description: describe() }, marks), note);

  function describe(): string {
    if (found === null || best === null) return 'No cell has a value.';
    const row = values.findIndex((line) => line.includes(best));
    const column = values[row].indexOf(best);
    return (
      `${rows.levels.length} by ${columns.levels.length} means from ${number(found[0])} to ${number(found[1])}; ` +
      `the best at ${rows.name} ${rows.levels[row]} and ${columns.name} ${columns.levels[column]}.`
    );
  }
}
