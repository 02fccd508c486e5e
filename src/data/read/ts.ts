// Reads `.ts` files of the UCR/UEA archive: one recording a line, channels separated by `:`, values by `,`, the
// class after the last `:`. Works on bytes, since turning every number into a string first takes most of the time.
import { counted } from '../../shared/counted.js';
import { addRow, type ChannelRow, clearRow, newRow, noteOddValue, shapeProblem } from './channelRow.js';
import type { FileHeader } from './collect.js';
import { linesOf } from './lines.js';
import { latin1, parseNumberBytes } from './numbers.js';
import { PartsBuilder, type Parts } from './parts.js';
import { FLOAT32_MAX, type ReadOptions } from './reader.js';
import type { Stretch, TextFormat } from './textFormat.js';
import { type KnownClasses, classNamed, declaredClasses, unknownClass } from './tsClasses.js';
import { readTsHeader, type TsHeader } from './tsHeader.js';
import { readTimedRow } from './tsTimes.js';

const COMMA = 0x2c;
const COLON = 0x3a;
const HASH = 0x23;

/** What the header and the first recording say of all recordings. */
interface TsLayout extends FileHeader, Omit<TsHeader, 'end'> {
  /** Known once all recordings are read. */
  classes: readonly string[] | null;
  readonly known: KnownClasses;
  channels: number | null;
  /** Steps that every recording has; null where they may differ. */
  length: number | null;
  readonly times: ReadOptions['times'];
}

export const tsFormat: TextFormat<TsLayout> = {
  readHeader: (bytes, problems, { times }) => {
    const { end, ...header } = readTsHeader(bytes, problems);
    const length = header.equalLength === false ? null : header.seriesLength;
    const file = { format: 'ts', channelNames: null, classes: [], known: new Map() } as const;
    return { layout: { ...header, ...file, length, times, endsWithClass: header.labelled }, end };
  },
  readLines,
  finish: (layout, { labels }, problems) => {
    if (layout.labelled) layout.classes = declaredClasses(layout.declaration, labels, problems);
  },
  nothingAfterHeader: 'no recordings after @data. The file may have been cut off.',
};

function readLines(stretch: Stretch, layout: TsLayout): Parts {
  const parts = new PartsBuilder();
  const { problems } = parts;
  const { bytes } = stretch;
  const row = newRow();
  for (const { from, end, line } of linesOf(bytes)) {
    if (bytes[from] === HASH) continue;
    const labelAt = layout.labelled ? from + bytes.subarray(from, end).lastIndexOf(COLON) : end;
    if (labelAt < from) {
      problems.add(line, 'no ":" and no class at the end of the line, though @classLabel is true.');
      continue;
    }
    const times = layout.timeStamps
      ? readTimedRow(bytes, from, labelAt, row, layout.times === 'keep-unordered')
      : readRow(bytes, from, labelAt, row);
    if (typeof times === 'string') {
      problems.add(line, times);
      continue;
    }
    const misshapen = shapeProblem(row.lengths, layout.channels);
    if (misshapen !== null) {
      problems.add(line, misshapen);
      continue;
    }
    layout.channels ??= row.lengths.length;
    const length = row.lengths[0];
    if (layout.equalLength === true) layout.length ??= length;
    if (layout.length !== null && length !== layout.length) problems.add(line, otherLength(length, layout));
    if (row.problem !== null) problems.add(line, row.problem);
    let label = '';
    if (layout.labelled) {
      const text = bytes.toString('utf8', labelAt + 1, end).trim();
      const name = text === '' ? null : text === '?' ? '' : classNamed(text, layout);
      if (name === null) problems.add(line, () => unknownClass(text, layout.declaration));
      label = name ?? '';
    }
    addRow(parts, row, { line, label });
    if (times !== null && layout.times !== undefined && layout.times !== 'check')
      parts.stepTimes.append(times);
    if (row.missing > 0 && layout.missing === false) {
      const { channel, step } = row.firstMissing;
      const where = `channel ${channel}, step ${step}`;
      problems.add(
        line,
        `${counted(row.missing, 'missing value')} (first: ${where}), but @missing is false.`,
      );
    }
  }
  return parts.finish(layout.channels ?? 0);
}

function otherLength(length: number, { length: expected, seriesLength }: TsLayout): string {
  const why = seriesLength === null ? '@equalLength is true' : `@seriesLength is ${expected}`;
  return `${counted(length, 'step')}, expected ${expected?.toLocaleString('en')} (${why}).`;
}

/** Reads values without times. */
function readRow(bytes: Buffer, start: number, end: number, row: ChannelRow): null {
  clearRow(row, end - start);
  const { values } = row;
  let written = 0;
  let length = 0;
  for (let at = start, from = start; at <= end; at++) {
    const byte = at === end ? COLON : bytes[at];
    if (byte !== COMMA && byte !== COLON) continue;
    const value = parseNumberBytes(bytes, from, at);
    // Math.abs(value) <= MAX also fails for NaN.
    if (Math.abs(value) <= FLOAT32_MAX) {
      values[written++] = value;
      length++;
    } else if (byte === COMMA || length > 0 || latin1(bytes, from, at).trim() !== '') {
      values[written++] = NaN;
      length++;
      noteOddValue(row, bytes, from, at, row.lengths.length + 1, length);
    }
    if (byte === COLON) {
      row.lengths.push(length);
      length = 0;
    }
    from = at + 1;
  }
  return null;
}
