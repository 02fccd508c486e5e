// Tables that scroll in a box of their own and are sorted by their headers.
import { absent, isNumber } from './format.js';
import { breakable, markup, type Content, type Markup } from './markup.js';

export interface Column<Row> {
  readonly header: string;
  /** What the header means, where it is not plain. */
  readonly hint?: string;
  /** What rows are sorted by; null where a row has nothing. Numbers stand on the right. */
  readonly value: (row: Row) => number | string | null;
  /** What is shown, by default the value. */
  readonly show?: (row: Row) => Content;
}

/**
 * A table with a sort button in each header; the first column names the row.
 * @param emphasized rows that stand out, such as the baseline
 */
export function table<Row>(
  caption: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  emphasized: (row: Row) => boolean = () => false,
): Markup {
  const numeric = columns.map(({ value }) => rows.some((row) => isNumber(asNumber(value(row)))));
  const header = ({ header, hint }: Column<Row>, i: number) =>
    markup`<th scope="col" aria-sort="none"${
      numeric[i] && markup` class="n"`
    }${hint !== undefined && markup` title="${hint}"`}><button type="button">${header}</button></th>`;
  const cell = ({ value, show }: Column<Row>, i: number, row: Row) => {
    const key = value(row);
    const shown = show !== undefined ? show(row) : typeof key === 'string' ? breakable(key) : (key ?? absent);
    const sort =
      typeof key === 'number'
        ? isNumber(key) && markup` data-v="${key}"`
        : key === null && markup` data-v=""`;
    const side = numeric[i] && markup` class="n"`;
    return i === 0
      ? markup`<th scope="row"${side}${sort}>${shown}</th>`
      : markup`<td${side}${sort}>${shown}</td>`;
  };
  return markup`<div class="scroll" role="region" tabindex="0" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map(header)}</tr></thead>
<tbody>${rows.map(
    (row) => markup`
<tr${emphasized(row) && markup` class="em"`}>${columns.map((column, i) => cell(column, i, row))}</tr>`,
  )}
</tbody></table></div>`;
}

function asNumber(value: number | string | null): number | null {
  return typeof value === 'number' ? value : null;
}
