// Reads one stretch of text, in whatever thread.
import { arffFormat } from './arff.js';
import { checkText } from './checkText.js';
import type { FileHeader } from './collect.js';
import type { TextFormatName } from './detectText.js';
import { jsonLinesFormat } from './jsonLines.js';
import { longCsvFormat } from './longCsv.js';
import type { Parts } from './parts.js';
import { countLines, openLineOf } from './stretches.js';
import type { Stretch, TextFormat } from './textFormat.js';
import { tsFormat } from './ts.js';
import { ucrFormat } from './ucr.js';
import { wideCsvFormat } from './wideCsv.js';

/** The formats of text that hold recordings. */
export type RecordingsFormatName = Exclude<TextFormatName, 'csv-files'>;

/** A format by its name; it takes the layouts that it gives. */
export function textFormat(name: RecordingsFormatName): TextFormat<FileHeader> {
  const formats = {
    ts: tsFormat,
    arff: arffFormat,
    ucr: ucrFormat,
    jsonl: jsonLinesFormat,
    csv: longCsvFormat,
    'csv-wide': wideCsvFormat,
  };
  return formats[name] as unknown as TextFormat<FileHeader>;
}

/** What stands on the lines of a stretch. */
export interface ReadStretch {
  readonly parts: Parts;
  readonly lines: number;
  /** The line with which the file ends, from 1, where it has no line break and so may lack its end; else null. */
  readonly openLine: number | null;
}

/**
 * @throws FatalProblem where it cannot be read; its line counts from the stretch's first, which is 1
 */
export function readStretch(stretch: Stretch, name: RecordingsFormatName, layout: FileHeader): ReadStretch {
  // Behind a header there may be nothing.
  if (stretch.bytes.length > 0) checkText(stretch.bytes, name);
  return {
    parts: textFormat(name).readLines(stretch, layout),
    lines: countLines(stretch.bytes),
    openLine: stretch.last ? openLineOf(stretch.bytes) : null,
  };
}
