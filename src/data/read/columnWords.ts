// Columns of words where numbers are expected: what shows them, and what to do if they are a slip.
import { type CsvDialect, firstRows } from './csvRows.js';
import { isMissing, isWord } from './numbers.js';
import { quote } from './problems.js';

/** What shows that a column holds words, for messages. */
export interface FoundWords {
  /** After the name of the column: `begins with "O.5" on line 2, which is no number`. */
  readonly found: string;
  /** What to do where the column should hold numbers. */
  readonly remedy: string;
}

/** What shows that the column at a position holds words; null where nothing does. */
export type WordsAt = (position: number) => FoundWords | null;

/** Bytes in which the first cell of a column is looked for. */
const LOOKED_AT = 1 << 16;

/**
 * Columns of CSV hold words where their first cells do that are not missing.
 *
 * @param bytes of the rows after the header
 * @param linesBefore of the file, before them
 */
export function wordsInRows(bytes: Buffer, dialect: CsvDialect, linesBefore: number): WordsAt {
  const first = firstRows(bytes, dialect, 1);
  let more: ReturnType<typeof firstRows> | null = null;
  return (position) => {
    let row = first.at(0);
    if (row === undefined) return null;
    const isPresent = ({ cells }: { cells: readonly string[] }): boolean =>
      !isMissing(cells.at(position) ?? '');
    if (!isPresent(row)) {
      const wholeLines = bytes.subarray(0, bytes.subarray(0, LOOKED_AT).lastIndexOf('\n') + 1);
      more ??= firstRows(wholeLines, dialect);
      row = more.find(isPresent);
    }
    const cell = row?.cells.at(position) ?? '';
    if (row === undefined || !isWord(cell)) return null;
    return {
      found: `begins with ${quote(cell)} on line ${row.line + linesBefore}, which is no number`,
      remedy: /^(?:true|false)$/i.test(cell)
        ? 'Write 0 and 1 for false and true.'
        : 'If that is a slip, write a number there.',
    };
  };
}
