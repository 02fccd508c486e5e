// Tables `{title, notes, header, rows}` of strings, as text for a terminal and as Markdown.

/** A table of columns side by side, the first one to the left, the others to the right. */
export function textTable({ title, notes = [], header, rows }) {
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((row) => row[column].length)));
  const line = (row) =>
    row.map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join('  ');
  const table = rows.length === 0 ? [] : lines.map((row) => line(row).trimEnd());
  return [title, ...table, ...notes].join('\n');
}

/** The same table in Markdown, under a heading. */
export function markdownTable({ title, notes = [], header, rows }, level = 3) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = header.map((_, i) => (i === 0 ? '---' : '---:'));
  const table = [header, rule, ...rows].map(line).join('\n');
  return [`${'#'.repeat(level)} ${title}`, ...(rows.length === 0 ? [] : [table]), ...notes].join('\n\n');
}

/** A number with three significant digits, without an exponent; `–` for none. */
export function figure(value) {
  if (value === null || value === undefined) return '–';
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 6));
}

/** A whole number with commas: `265,989`. */
export function whole(value) {
  return Math.round(value).toLocaleString('en-US');
}
