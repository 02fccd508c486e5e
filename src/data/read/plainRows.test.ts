import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CsvRow, readRowsAsTexts } from './csvRows.js';
import { isPlain, readPlainRows } from './plainRows.js';
import { ProblemList } from './problems.js';

type Read = (bytes: Buffer, onRow: (row: CsvRow, line: number) => void) => void;

/** What a reader finds: each row's line, and the text and the number of each of its cells. */
function rowsBy(read: Read, text: string): unknown[] {
  const rows: unknown[] = [];
  read(Buffer.from(text), (row, line) => {
    const cells = Array.from({ length: row.length }, (_, i) => [row.text(i), row.name(i), row.number(i)]);
    rows.push({ line, cells });
  });
  return rows;
}

const plainly =
  (separator: string): Read =>
  (bytes, onRow) =>
    readPlainRows(bytes, separator, onRow);
const byCsvParse =
  (separator: string): Read =>
  (bytes, onRow) => {
    const problems = new ProblemList();
    readRowsAsTexts(bytes, { separator }, problems, onRow);
    expect(problems.total).toBe(0);
  };

describe('rows of plain text', () => {
  it.each([',', ';', '\t'])('are what csv-parse makes of them, with "%s" between cells', (separator) => {
    const pieces = [
      separator,
      '\n',
      '\r\n',
      ' ',
      '\t',
      '\v',
      '\f',
      '\u00a0',
      '\u3000',
      'a',
      'né',
      '0',
      '-1',
      '2.5e-3',
      '.',
    ];
    const text = fc.array(fc.constantFrom(...pieces, separator, '\n'), { maxLength: 60 });
    fc.assert(
      fc.property(text, (chosen) => {
        const joined = chosen.join('');
        expect(rowsBy(plainly(separator), joined)).toEqual(rowsBy(byCsvParse(separator), joined));
      }),
      { numRuns: 1000 },
    );
  });

  it('of more cells than any before, and with cells that repeat the row above, are read right', () => {
    const wide = Array.from({ length: 40 }, (_, i) => String(i));
    const text = `a,b\na,b\nab,\n${wide.join(',')}\na,b\n`;
    expect(
      rowsBy(plainly(','), text).map((row) => (row as { cells: [string][] }).cells.map(([cell]) => cell)),
    ).toEqual([['a', 'b'], ['a', 'b'], ['ab', ''], wide, ['a', 'b']]);
  });

  it('are told by having no quotes and no line breaks but LF and CRLF', () => {
    const plain = (text: string): boolean => isPlain(Buffer.from(text));
    expect([plain('a,b\r\n1,2\n'), plain('a,"b"\n'), plain('a\rb\n'), plain('a,b\r')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
