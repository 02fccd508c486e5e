// Every kind of malformed file gets its message, with the line.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectRefused } from '../../../test/support/malformedFile.js';
import { loadRecordings } from '../load.js';
import { allValues } from '../recordings.js';
import { readRecordings } from './readRecordings.js';

const HEADER =
  '@problemName x\n@timeStamps false\n@univariate false\n@dimensions 2\n@classLabel true a b\n@data\n';
const TIMED = '@timeStamps true\n@classLabel true a b\n@data\n';

function ts(...lines: string[]): string {
  return `${HEADER}${lines.join('\n')}\n`;
}

function header(...keys: string[]): string {
  return `@problemName x\n${keys.join('\n')}\n@data\n1,2:a\n3,4:b\n`;
}

const FLAT =
  '@relation x\n@attribute x1 numeric\n@attribute x2 numeric\n@attribute class {open,shut}\n@data\n';
const BAG =
  '@relation x\n@attribute bag relational\n@attribute x1 numeric\n@attribute x2 numeric\n@end bag\n' +
  '@attribute class {open,shut}\n@data\n';

function arff(...declarations: string[]): string {
  return `@relation x\n${declarations.join('\n')}\n@data\n1,a\n`;
}

/** Name of the file, content, line of the only problem, part of its message. */
const CASES: [name: string, content: string | Buffer, line: number, message: string][] = [
  ['few-channels.ts', ts('1,2:3,4:a', '1,2:b'), 8, '1 channel, expected 2.'],
  ['many-channels.ts', ts('1,2:3,4:5,6:a'), 7, '3 channels, expected 2.'],
  ['ragged.ts', ts('1,2,3:4,5:a'), 7, 'channel 2 has 2 steps, but channel 1 has 3.'],
  ['blank-channel.ts', ts('1,2: :a'), 7, 'channel 2 has 0 steps, but channel 1 has 2.'],
  ['empty-recording.ts', ts(':: a'), 7, 'the recording is empty.'],
  ['word.ts', ts('1,2:3,four:a'), 7, 'channel 2, step 2: "four" is not a number.'],
  ['hexadecimal.ts', ts('1,2:3,0x10:a'), 7, '"0x10" is not a number.'],
  ['empty-value.ts', ts('1,,2:3,4,5:a'), 7, 'channel 1, step 2: the value is empty'],
  ['two-points.ts', ts('1,2:3,1.2.3:a'), 7, '"1.2.3" is not a number.'],
  ['infinity.ts', ts('1,-inf:3,4:a'), 7, '"-inf" is infinite'],
  ['overflow64.ts', ts('1,1e999:3,4:a'), 7, '"1e999" is infinite or beyond the range of float32'],
  ['overflow32.ts', ts('1,4e38:3,4:a'), 7, '"4e38" is infinite or beyond the range of float32'],
  ['class.ts', ts('1,2:3,4:A'), 7, 'class "A" is not declared by @classLabel (a b). Did you mean "a"?'],
  ['no-class.ts', ts('1,2:3,4:'), 7, 'the class after the last ":" is empty'],
  ['no-colon.ts', ts('1,2'), 7, 'no ":" and no class'],
  [
    'cut-off.ts',
    `${HEADER}1,2:3,4:a\n1,2:3`,
    8,
    'The last line has no line break: the file may have been cut off.',
  ],
  ['nothing.ts', HEADER, 6, 'no recordings after @data.'],
  ['no-data.ts', '@problemName x\n@classLabel true a b\n', 2, 'the file ends without @data'],
  ['empty.ts', '', 0, 'the file is empty'],
  ['source.ts', 'export const x = 1;\n', 1, 'expected header lines (@key value) up to @data'],
  ['no-classes.ts', header('@univariate true'), 3, 'the header has no @classLabel line'],
  ['class-list.ts', header('@classLabel'), 2, '@classLabel: write'],
  ['class-twice.ts', header('@classLabel true a b a'), 2, 'class "a" is declared twice.'],
  [
    'pairs.ts',
    `${TIMED}(0,1),2:a\n`,
    4,
    'channel 1, step 2: found "2", expected (time,value), as @timeStamps is true.',
  ],
  [
    'two-commas.ts',
    `${TIMED}(0,1),,(2,3):a\n`,
    4,
    'channel 1, step 2: found ",(2,3)", expected (time,value)',
  ],
  ['no-comma.ts', `${TIMED}(0,1)(2,3):a\n`, 4, 'channel 1, step 2: found "(2,3)", expected "," between two'],
  [
    'comma-last.ts',
    `${TIMED}(0,1),(2,3), :a\n`,
    4,
    'channel 1, step 3: found nothing, expected (time,value)',
  ],
  ['comma-first.ts', `${TIMED},(0,1):a\n`, 4, 'channel 1, step 1: found ",(0,1)", expected (time,value)'],
  [
    'february.ts',
    `${TIMED}(2024-02-30,1):a\n`,
    4,
    'the time "2024-02-30" is neither a number nor an ISO 8601',
  ],
  [
    'february.csv',
    'id,t,x\n1,2024-02-30,1\n',
    2,
    'the time "2024-02-30" is neither a number nor an ISO 8601',
  ],
  ['seconds.csv', 'id,t,x\n1,2024-01-01 10:00:75,1\n', 2, 'the time "2024-01-01 10:00:75" is neither'],
  [
    'february.jsonl',
    '{"x": [1], "t": ["2023-02-29"]}\n',
    1,
    '"2023-02-29" is neither a number nor an ISO 8601',
  ],
  ['times.ts', `${TIMED}(0,1),(noon,2):a\n`, 4, 'the time "noon" is neither a number nor an ISO 8601 date.'],
  ['unordered.ts', `${TIMED}(1,1),(0,2):a\n`, 4, 'step 2: the time "0" comes after a later one'],
  [
    'other-times.ts',
    `${TIMED}(0,1),(1,2):(0,1),(2,2):a\n`,
    4,
    'channel 2, step 2: the time is "2", which is not',
  ],
  ['fewer-times.ts', `${TIMED}(0,1),(1,2):(0,1):a\n`, 4, 'channel 2 has 1 step, but channel 1 has 2.'],
  ['regression.ts', header('@targetLabel true'), 2, 'this is a regression problem'],
  [
    'flag.ts',
    header('@missing perhaps', '@classLabel true a b'),
    2,
    '@missing is "perhaps", expected true or false',
  ],
  [
    'size.ts',
    header('@dimensions 1e9', '@classLabel true a b'),
    2,
    '@dimensions is "1e9", expected a whole number',
  ],
  [
    'twice.ts',
    header('@classLabel true a b', '@classlabel false'),
    3,
    '@classlabel is given a second time, with',
  ],
  [
    'contradiction.ts',
    '@univariate true\n@dimension 2\n@classLabel true a\n@data\n1:2:a\n',
    2,
    '@univariate true, but',
  ],
  [
    'missing.ts',
    header('@missing false', '@classLabel true a b').replace('2:a', '?:a'),
    5,
    'but @missing is false',
  ],
  [
    'length.ts',
    '@equalLength true\n@classLabel true a\n@data\n1,2:a\n1:a\n',
    5,
    '1 step, expected 2 (@equalLength is true',
  ],
  [
    'declared-length.ts',
    '@seriesLength 3\n@classLabel true a\n@data\n1,2:a\n',
    4,
    'expected 3 (@seriesLength is 3).',
  ],
  ['utf16.ts', Buffer.from(`\ufeff${HEADER}`, 'utf16le'), 1, 'UTF-16'],
  ['latin1.ts', Buffer.from('@classLabel true \xe9\n@data\n1:a\n', 'latin1'), 1, 'not UTF-8'],
  ['binary.ts', Buffer.from('@data\n\x7fELF\0\0', 'latin1'), 2, 'a zero byte'],
  ['cut.ts.gz', gzipSync(ts('1,2:3,4:a')).subarray(0, -9), 0, 'the gzipped file is damaged or was cut off'],
  ['bomb.csv.gz', gzipSync(Buffer.alloc(2 ** 28 + 1, ' ')), 0, 'which no recordings do'],
  ['values.npy.gz', gzipSync(Buffer.from('\x93NUMPY', 'latin1')), 0, 'unpack this one first'],
  ['ragged.csv.gz', gzipSync('id,x,y\n1,2,3\n1,2\n'), 3, '2 columns, expected 3'],

  ['empty.csv', '', 0, 'the file is empty'],
  ['header-only.csv', 'id,x\n', 1, 'no rows after the header'],
  [
    'headless.csv',
    '1,0.5,0.2\n1,0.6,0.1\n',
    1,
    'Rename it so, or name it with data.columns.recording in the config of a run.',
  ],
  ['two-ids.csv', 'id,recording,x\n1,1,2\n', 1, '"id", "recording" could each be the recording column'],
  ['same-name.csv', 'id,x,x\n1,2,3\n', 1, 'two columns are called "x"'],
  [
    'class.csv',
    'id,t,x,activity\n1,0,2,sitting\n1,1,2,sitting\n',
    1,
    'column "activity" begins with "sitting" on line 2, which is no number, so it is no channel. If that is a slip, write a number there. ' +
      'In the config of a run: if it is the class, name it with data.columns.label; if it is ' +
      'the group (subject, machine), name it with data.columns.group; to leave it out, list the channels with data.columns.channels.',
  ],
  [
    'device.csv',
    'id,label,subject,x,device\n1,a,p,2,phone\n',
    1,
    'column "device" begins with "phone" on line 2, which is no number, so it is no channel. If that is a slip, write a number there. ' +
      'In the config of a run: to leave it out, list the channels with data.columns.channels.',
  ],
  [
    'wide.csv',
    'activity,x_0,x_1,y_0,y_1\nsitting,1,2,3,4\n',
    1,
    'If each row is a recording, with its steps in columns (x_0, x_1, …): column "activity" does not end in a number; expected columns of ' +
      'steps that count up from 0 or 1, such as 0, 1, 2, … or x_0, x_1, …, y_0, y_1, …, beside those of id, label, group and split. In ' +
      'the config of a run: if it is the class, name it with data.columns.label;',
  ],
  [
    'counted.csv',
    'activity,0,1,2\nsitting,1,2,3\n',
    1,
    'with its steps in columns (0, 1, …): column "activity" does not',
  ],
  [
    'age.csv',
    'id,label,age,x_0,x_1,x_2\n1,a,20,1,2,3\n2,b,30,4,5,6\n',
    1,
    'each recording is one row, and headers count (x_0, x_1, …), as if the columns were its steps. If a row is a step, set data.format ' +
      'to csv. If it is a recording: column "age" does not end in a number; expected columns of steps that count up from 0',
  ],
  [
    'one-row.csv',
    'id,score,x_0,x_1,x_2\n1,20,1,2,3\n',
    1,
    'beside those of id, label, group and split. In the config of a run: if it is the class, name it with data.columns.label; if it is ' +
      'the group (subject, machine), name it with data.columns.group; to leave it out, set data.columns.channels: ["x"], without the numbers.',
  ],
  [
    'time-of-recording.csv',
    'id,label,timestamp,x_0,x_1,x_2\n1,a,100,1,2,3\n2,b,200,4,5,6\n',
    1,
    'column "timestamp" does not end in a number; expected',
  ],
  [
    'gap.csv',
    'id,x_0,x_1,x_3\n1,1,2,3\n2,4,5,6\n',
    1,
    'If it is a recording: the columns of channel "x" go on from 1 to 3; expected',
  ],
  [
    'years.csv',
    'id,2001,2002,2003\n1,1,2,3\n2,4,5,6\n',
    1,
    'If it is a recording: the columns of channel "" begin with 2001; expected',
  ],
  [
    'cut-off.csv',
    'id,x,y\n1,2,3\n1,2',
    3,
    '2 columns, expected 3 as in the header. The last line has no line break: the file may have been cut off.',
  ],
  [
    'cut-off-label.csv',
    'id,x,label\n1,2,walking\n1,3,walk',
    3,
    'a recording has one label. With data.windows, each window has its own. The last line has no line break: the file may have been cut off.',
  ],
  [
    'cut-off-wide.csv',
    'x_0,x_1,label\n1,2,sitting\n3,4,walking\n5,6,walk',
    4,
    'only recording "2" has the class "walk", which could be the beginning of "walking". The last line has no line break: the file may ' +
      'have been cut off. If it is whole, end it with a line break.',
  ],
  [
    'cut-off-row.csv',
    'id,x,label\n1,2,walking\n1,2,walking\n2,3,walk',
    4,
    'only recording "2" has the class "walk", which could be the beginning of "walking".',
  ],
  ['unnamed.csv', ',id,x\n0,1,2\n', 1, 'column 1 has no name'],
  ['no-channel.csv', 'id,t,label\n1,0,a\n', 1, 'no column is left for a channel'],
  ['short-row.csv', 'id,x,y\n1,2,3\n1,2\n', 3, '2 columns, expected 3'],
  ['no-id.csv', 'id,x\n1,2\n,3\n', 3, 'does not say which recording'],
  ['text.csv', 'id,x\n1,2\n1,high\n', 3, 'recording "1", channel "x": "high" is not a number.'],
  ['decimal-comma.csv', 'id,x\n1,"2,5"\n', 2, '"2,5" is not a number. Decimals are written with a point.'],
  ['infinite.csv', 'id,x\n1,inf\n', 2, '"inf" is infinite'],
  ['label.csv', 'id,label,x\n1,a,1\n2,b,1\n1,b,2\n1,b,3\n', 4, 'the label is "b", but it was "a" on line 2'],
  ['group.csv', 'id,subject,x\n1,p,1\n1,q,2\n', 3, 'the group is "q", but it was "p" on line 2'],
  [
    'same-number.csv',
    'id,label,x\na,1.0,1\nb,2,1\n\nc,1,1\n',
    5,
    'the classes "1" (recording "c", line 5) and "1.0" (recording "a", line 2) are the same number. Write them alike (pandas writes whole numbers as 1.0 where some are missing).',
  ],
  [
    'same-number-wide.csv',
    'label,0,1,2\n1,1,2,3\n01,1,2,3\n',
    3,
    'the classes "01" (recording "1", line 3) and "1"',
  ],
  [
    'same-number.jsonl',
    '{"label": 1, "x": [1]}\n{"label": "1.0", "x": [1]}\n',
    2,
    '"1.0" (recording "1", line 2) are the',
  ],
  [
    'declared.ts',
    header('@classLabel true 1 1.0').replace('2:a', '2:1').replace('4:b', '4:1'),
    4,
    'and "1.0" are the same',
  ],
  ['empty-group.csv', 'id,group,x\n1,,1\n', 2, 'the group is empty'],
  ['repeated-time.csv', 'id,t,x\n1,0,1\n2,0,1\n1,0,2\n', 4, 'the time "0" occurs twice'],
  ['unordered.csv', 'id,time,x\n1,2,1\n1,1,1\n', 3, 'the time "1" comes after a later one'],
  ['no-time.csv', 'id,time,x\n1,noon,1\n', 2, 'the time "noon" is neither a number nor an ISO 8601 date'],
  ['quote.csv', 'id,x\n1,2\n1,"3\n1,4\n', 3, 'a quote is opened and never closed'],
  ['inner-quote.csv', 'id,x\n1,2"3\n', 2, 'not valid CSV'],
  ['ucr.csv', '1,0.5,0.5\n', 1, 'two columns are called "0.5". If each line is a recording'],

  [
    'class.arff',
    `${FLAT}1,2,open\n1,2,opne\n`,
    7,
    'class "opne" is not declared by the header (open shut). Did you',
  ],
  ['empty-class.arff', `${FLAT}1,2,\n`, 6, 'the class is empty; write "?" where it is unknown.'],
  ['few.arff', `${FLAT}1,open\n`, 6, '2 values, expected 3, one for each attribute.'],
  ['many.arff', `${FLAT}1,2,open,3\n`, 6, '4 values, expected 3'],
  ['word.arff', `${FLAT}1,two,open\n`, 6, 'channel 1, step 2: "two" is not a number.'],
  ['empty-value.arff', `${FLAT}1,,open\n`, 6, 'channel 1, step 2: the value is empty'],
  ['overflow.arff', `${FLAT}1,1e39,open\n`, 6, '"1e39" is infinite or beyond the range of float32'],
  ['sparse.arff', `${FLAT}{0 1, 2 open}\n`, 6, 'a sparse row ({index value, …}), which is not supported'],
  ['weight.arff', `${FLAT}1,2,open,{5}\n`, 6, '"{5}" after the last value: weights of recordings are not'],
  ['quote.arff', `${FLAT}1,2,'open\n`, 6, 'a quote is opened and never closed.'],
  [
    'after-quote.arff',
    `${FLAT}1,2,'open' shut\n`,
    6,
    'found "shut" after a closing quote, expected a comma.',
  ],
  [
    'cut-off.arff',
    `${FLAT}1,2,open\n1,2`,
    7,
    'The last line has no line break: the file may have been cut off.',
  ],
  ['nothing.arff', FLAT, 5, 'no recordings after @data.'],
  ['empty.arff', '', 0, 'the file is empty'],
  ['ragged.arff', `${BAG}"1,2\\n3",open\n`, 8, 'channel 2 has 1 step, but channel 1 has 2.'],
  ['no-channel.arff', `${BAG}"",open\n`, 8, 'the recording is empty.'],
  ['more-channels.arff', `${BAG}"1\\n2",open\n"1",open\n`, 9, '1 channel, expected 2.'],
  ['long.arff', `${BAG}"1,2,3",open\n`, 8, '3 steps, but the header declares 2 attributes for them.'],
  ['missing.arff', `${BAG}?,open\n`, 8, 'the recording itself is missing ("?")'],
  ['no-data.arff', '@relation x\n@attribute x numeric\n', 2, 'the file ends without @data'],
  ['key.arff', '@relation x\n@inputs x\n', 2, 'found "@inputs x", expected @attribute lines up to @data.'],
  [
    'string.arff',
    arff('@attribute x string', '@attribute c {a}'),
    2,
    'attribute "x" is of the type "string", expected',
  ],
  [
    'date.arff',
    arff('@attribute x date "yyyy"', '@attribute c {a}'),
    2,
    'attribute "x" is of the type "date", expected',
  ],
  [
    'typeless.arff',
    arff('@attribute x', '@attribute c {a}'),
    2,
    'attribute "x" has no type, expected numeric',
  ],
  ['range.arff', arff('@attribute x numeric [0,1]', '@attribute c {a}'), 2, 'found "[0,1]" after its type'],
  ['nameless.arff', arff("@attribute 'x numeric", '@attribute c {a}'), 2, 'expected a name and a type.'],
  ['brace.arff', arff('@attribute x numeric', '@attribute c {a,b'), 3, 'the closing "}" is missing'],
  [
    'name-list.arff',
    arff('@attribute x numeric', '@attribute c {a,,b}'),
    3,
    'a value is empty, expected its values',
  ],
  ['class-twice.arff', arff('@attribute x numeric', '@attribute c {a,a}'), 3, '"a" is declared twice'],
  ['twice.arff', arff('@attribute x numeric', '@attribute x {a}'), 3, 'attribute "x" is declared twice.'],
  [
    'no-class.arff',
    arff('@attribute x numeric', '@attribute y numeric'),
    4,
    'no attribute is nominal ({a,b,…}), so',
  ],
  ['no-values.arff', arff('@attribute c {a}'), 3, 'no attribute is numeric or relational'],
  [
    'mixed.arff',
    BAG.replace('@end bag', '@end bag\n@attribute n numeric'),
    6,
    '"bag" holds the channels; remove it.',
  ],
  ['nested.arff', BAG.replace('x2 numeric', 'x2 {a}'), 4, 'attribute "x2" of "bag" is not numeric'],
  ['end.arff', BAG.replace('@end bag', '@end sack'), 5, '@end "sack", expected @end "bag" as on line 2.'],
  ['no-end.arff', BAG.replace('@end bag\n', '@attribute x3 numeric\n@data\n'), 6, '@data before "@end bag".'],

  ['class.tsv', '1\t0.5\t0.2\nl\t0.5\t0.2\n', 2, 'the class, which comes first: "l" is not a number.'],
  ['infinite-class.tsv', '1\t2\t3\ninf\t2\t3\n', 2, 'the class, which comes first: "inf" is infinite'],
  ['word.tsv', '1\t0.5\t0.2\n2\t0.5\thigh\n', 2, 'channel 1, step 2: "high" is not a number.'],
  [
    'separator.tsv',
    '1\t0.5\t0.2\n1,0.5,0.2\n',
    2,
    'the class, which comes first: "1,0.5,0.2" is not a number.',
  ],
  [
    'decimal-comma.tsv',
    '1\t2\t3\n1\t2,5\t3\n',
    2,
    '"2,5" is not a number. Decimals are written with a point.',
  ],
  ['infinite.tsv', '1\t2\t3\n2\t-inf\t3\n', 2, 'channel 1, step 1: "-inf" is infinite'],
  ['overflow.txt', '1 2 3\n2 1e39 3\n', 2, '"1e39" is infinite or beyond the range of float32'],
  ['hexadecimal.txt', '1 2 3\n2 0x1 3\n', 2, '"0x1" is not a number.'],
  ['padding.tsv', '1\t2\t3\n2\tNaN\tNaN\n', 2, 'the recording is empty: no value after the class.'],
  ['label-only.txt', '1 2 3\n2\n', 2, 'the recording is empty: no value after the class.'],
  ['cut-off.tsv', '1\t2\t3\n2\t3e', 2, '"3e" is not a number. The last line has no line break: the file may'],

  ['empty.jsonl', '', 0, 'the file is empty'],
  ['blank.jsonl', '\n \n', 0, 'no recordings: every line is empty.'],
  [
    'document.json',
    '[{"x": [1]}]\n',
    0,
    'not supported; write one object a line, a recording each, as .jsonl.',
  ],
  ['list.jsonl', '[[1, 2]]\n', 1, 'found an array, expected an object such as {"label": "a", "x": [1, 2]}.'],
  [
    'indented.jsonl',
    '{"x": [1],\n',
    1,
    'the line ends within an object, expected a key in quotes; a recording is one',
  ],
  [
    'nan.jsonl',
    '{"x": [1, NaN]}\n',
    1,
    'not JSON from character 11 on: found "NaN]}", expected a value. Write null',
  ],
  [
    'cut-off.jsonl',
    '{"x": [1]}\n{"x": [',
    2,
    'The last line has no line break: the file may have been cut off.',
  ],
  [
    'no-channel.jsonl',
    '{"id": 1, "x": 5}\n',
    1,
    'no key holds an array of numbers in "id", "x"; expected a key a channel',
  ],
  [
    'two-labels.jsonl',
    '{"label": "a", "class": "b", "x": [1]}\n',
    1,
    '"label", "class" could each be the label key.',
  ],
  ['key-twice.jsonl', '{"x": [1], "x": [2]}\n', 1, 'the key "x" occurs twice.'],
  [
    'new-channel.jsonl',
    '{"x": [1]}\n{"x": [1], "y": [2]}\n',
    2,
    'the key "y" holds an array, but the first recording has',
  ],
  [
    'new-id.jsonl',
    '{"x": [1]}\n{"x": [1], "id": 2}\n',
    2,
    'the key "id" could be the recording, but the first recording',
  ],
  [
    'lost-channel.jsonl',
    '{"x": [1], "y": [1]}\n{"x": [1]}\n',
    2,
    'no key "y", which the first recording has.',
  ],
  ['scalar.jsonl', '{"x": [1]}\n{"x": 1}\n', 2, '"x" is 1, expected an array of numbers.'],
  ['ragged.jsonl', '{"x": [1, 2], "y": [1]}\n', 1, 'channel "y" has 1 step, but channel "x" has 2.'],
  [
    'ragged-table.jsonl',
    '{"x": [[1, 2], [1]]}\n',
    1,
    'step 2 of "x": found 1 value, expected an array of 2 values as',
  ],
  ['empty-step.jsonl', '{"x": [[]]}\n', 1, 'step 1 of "x" has no values.'],
  ['no-step.jsonl', '{"x": []}\n', 1, 'the recording is empty.'],
  [
    'two-tables.jsonl',
    '{"x": [[1]], "y": [[1]]}\n',
    1,
    '"x" holds arrays in an array, but is one of the channels "x", "y"',
  ],
  [
    'text.jsonl',
    '{"x": [1, "2"]}\n',
    1,
    'channel "x", step 2: found the text "2", expected a number, or null where',
  ],
  ['text-table.jsonl', '{"x": [[1, "2"]]}\n', 1, 'channel 2, step 1: found the text "2", expected a number'],
  [
    'overflow.jsonl',
    '{"x": [1, -4e38]}\n',
    1,
    'channel "x", step 2: "-4e+38" is infinite or beyond the range of float32',
  ],
  ['no-id.jsonl', '{"id": 1, "x": [1]}\n{"x": [1]}\n', 2, 'the line does not say which recording it is.'],
  [
    'same-id.jsonl',
    '{"id": 1, "x": [1]}\n{"id": "1", "x": [1]}\n',
    2,
    'recording "1" is on line 1 already; a recording is one',
  ],
  [
    'long-id.jsonl',
    '{"id": 12345678901234567890, "x": [1]}\n',
    1,
    '"id" is a number too large to be told from its',
  ],
  [
    'label.jsonl',
    '{"label": ["a"], "x": [1]}\n',
    1,
    '"label" is an array, expected a string, a number, true or false.',
  ],
  ['group.jsonl', '{"group": null, "x": [1]}\n', 1, 'the group is empty'],
  [
    'times.jsonl',
    '{"t": [0], "x": [1, 2]}\n',
    1,
    '"t" has 1 time, expected an array of 2 times, one a step.',
  ],
  [
    'no-times.jsonl',
    '{"t": [0, 1], "x": [1, 2]}\n{"x": [1]}\n',
    2,
    '"t" is not there, expected an array of 1 time, one a step.',
  ],
  ['one-time.jsonl', '{"t": 0, "x": [1, 2]}\n', 1, '"t" is 0, expected an array of 2 times, one a step.'],
  ['repeated-time.jsonl', '{"t": [0, 0], "x": [1, 2]}\n', 1, '"t", step 2: the time "0" occurs twice.'],
  [
    'unordered.jsonl',
    '{"t": [1, 0], "x": [1, 2]}\n',
    1,
    'the time "0" comes after a later one. Sort the steps by time, or set data.timestamps.unordered to sort.',
  ],
  [
    'no-time.jsonl',
    '{"t": [0, "noon"], "x": [1, 2]}\n',
    1,
    'the text "noon" is neither a number nor an ISO 8601 date.',
  ],
];

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'masq-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a malformed file', () => {
  it.each(CASES)('%s is reported with its line, and refused by training', (name, content, line, message) =>
    expectRefused(join(folder, name), { content, line, message }),
  );

  it('is read to its end: later problems are listed, up to twenty, and all are counted', async () => {
    const file = join(folder, 'many.ts');
    await writeFile(file, ts('1,2:3,4:a', ...Array.from({ length: 30 }, () => '1,x:3,4:c'), '5,6:7,8:b'));
    const { problems, problemCount, recordings } = await readRecordings(file);
    expect(problemCount).toBe(60);
    expect(problems.map(({ line }) => line)).toEqual(Array.from({ length: 20 }, (_, i) => 8 + (i >> 1)));
    expect(Array.from(allValues(recordings).slice(-4))).toEqual([5, 7, 6, 8]);
    await expect(loadRecordings(file)).rejects.toThrow(
      '(and 59 more problems; "masq data describe" lists them)',
    );
  });

  it('that is not there is named with what lies nearby', async () => {
    await writeFile(join(folder, 'Motion_TRAIN.ts'), '');
    const file = join(folder, 'Motion_TRIAN.ts');
    await expect(loadRecordings(file)).rejects.toThrow(
      `${file}: no such file. Did you mean "Motion_TRAIN.ts"?`,
    );
    await expect(loadRecordings('/nowhere/x.ts')).rejects.toThrow(
      'The folder /nowhere does not exist either.',
    );
  });
});
