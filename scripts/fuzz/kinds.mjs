// The kinds of files that are fuzzed: what each starts from, how it is damaged, and which plain reader has a second look.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { allValues, loadPrepared, memoryValues, packFiles, readRecordings } from '../../dist/data/index.js';
import { UserError } from '../../dist/shared/errors.js';
import { damageBytes, damageDigits, damageText } from './damage.mjs';
import { npyFile, zipFile } from './numpyFiles.mjs';
import { plainNpy, plainParquet } from './plainBinary.mjs';
import {
  dateTime,
  plainArff,
  plainJsonLines,
  plainLongCsv,
  plainTs,
  plainUcr,
  plainWideCsv,
} from './plainText.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const read = (name) => readFileSync(join(root, name));

/** The first `recordings` of a bundled file, each channel cut to `steps`. */
function startOf(name, recordings, steps) {
  const [header, data] = read(name)
    .toString('utf8')
    .split(/@data\r?\n/i);
  const lines = data
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .slice(0, recordings);
  const cut = (channel) => channel.split(',').slice(0, steps).join(',');
  return { header, lines, channels: lines.map((line) => line.replace(/['"]/g, '').split(/:|\\n/).map(cut)) };
}

const vowels = startOf('data/JapaneseVowels/JapaneseVowels_TRAIN.ts', 6, 7);
const motions = startOf('data/BasicMotions/BasicMotions_TRAIN.ts', 4, 6);
const gun = startOf('data/GunPoint/GunPoint_TRAIN.ts', 8, 9);
const gunArff = read('data/GunPoint/GunPoint_TRAIN.arff')
  .toString('utf8')
  .split(/@data\r?\n/i);

/** Channels of the first motions as numbers, `[recordings][channels][time]`, and their classes. */
const numbers = motions.channels.map((texts) => texts.slice(0, 3).map((text) => text.split(',').map(Number)));
const classes = motions.channels.map((texts, i) => texts.at(-1).trim() || `class${i}`);
const people = ['anna', 'ben', 'ben', 'carl'];

const vowelsTs = (lines, header = vowels.header) => `${header}@data\n${lines.join('\n')}\n`;
const long = (separator, number) =>
  [
    ['recording_id', 't', 'label', 'subject', 'x', 'y', 'z'].join(separator),
    ...numbers.flatMap((channels, i) =>
      channels[0].map((_, t) =>
        [`r${i}`, number(t / 10), classes[i], people[i], ...channels.map((values) => number(values[t]))].join(
          separator,
        ),
      ),
    ),
    '',
  ].join('\n');
/** Rows by time, recordings among each other; times by `timeOf` of the step. */
const byTime = (timeOf) =>
  `id,t,label,x,y\n${numbers[0][0]
    .flatMap((_, t) =>
      numbers.map(([x, y], i) => `r${i},${timeOf(t)},${classes[i]},${x[t]},${i === 3 ? y[t] : t}\n`),
    )
    .join('')}`;
const dated = [
  (t) => `2024-02-${27 + t > 29 ? 29 : 27 + t}T0${t}:30:00Z`,
  (t) => `2023-12-31 23:59:5${t}.${t}5`,
  (t) => `2000-0${t + 1}-28`,
  (t) => `1969-12-31T1${t}:15+05:30`,
].map((timeOf) => Buffer.from(byTime(timeOf)));
const decimalComma = (value) => String(value).replace('.', ',');
const wide = [
  `id,label,subject,${['x', 'y'].flatMap((name) => numbers[0][0].map((_, t) => `${name}_${t}`)).join(',')}`,
  ...numbers.map(([x, y], i) => {
    const row = [...x, ...y].map((value, at) => (i === 2 && at % x.length > 3 ? '' : value));
    return `r${i},${classes[i]},${people[i]},${row.join(',')}`;
  }),
  '',
].join('\n');
const jsonLines = numbers
  .map(([x, y], i) => `${JSON.stringify({ id: `r${i}`, label: classes[i], t: x.map((_, t) => t), x, y })}\n`)
  .join('');
const jsonTables = numbers
  .map(
    ([x, y], i) =>
      `${JSON.stringify({ label: i % 2 === 0, values: x.map((value, t) => [value, t === 2 ? null : y[t]]) })}\n`,
  )
  .join('');
const ucr = (separator) =>
  gun.channels.map(([values, label]) => [label, ...values.split(',')].join(separator)).join('\n');
const timed = `@timeStamps true\n@missing true\n@dimensions 2\n@classLabel true a b\n@data\n${numbers
  .map(
    ([x, y], i) =>
      `${[x, y].map((values) => values.map((value, t) => `(${t / 4},${value})`).join(',')).join(':')}:${i % 2 ? 'a' : 'b'}\n`,
  )
  .join('')}`;
const flatArff = `${gunArff[0].replace(/(@attribute att(?!\d\b)\d+ numeric\r?\n)/gi, '')}@data\n${gun.channels
  .map(([values, label]) => `${values},${label}\n`)
  .join('')}`.replace(/@attribute att9 numeric\r?\n/i, '');
const deepArff = `@relation motions\n@attribute bag relational\n${Array.from({ length: 6 }, (_, t) => `@attribute att${t} numeric\n`).join('')}@end bag\n@attribute class {${[...new Set(classes)].join(',')}}\n@data\n${numbers
  .map((channels, i) => `'${channels.map((values) => values.join(',')).join('\\n')}',${classes[i]}\n`)
  .join('')}`;

const severalWords = `@classLabel true a b "c d"\n@data\n${'1,2:a b\n3:c d\n'.repeat(4)}`;
const quotedArff =
  "@relation x\n@attribute bag relational\n@attribute 'x 1' numeric\n@attribute x2 real\n@end bag\n" +
  `@attribute class {a,"b c"}\n@data\n${"'1.5,2\\n3,-1e-3',a\n%\n'7\\n8',\"b c\"\n".repeat(4)}`;

const array = { floats: Float32Array.from(numbers.flat().flatMap((values) => values)), shape: [4, 6, 3] };
const lengths = [6, 3, 5, 6];
const members = {
  values: npyFile('<f4', array.shape, array.floats),
  lengths: npyFile('<i4', [4], Int32Array.from(lengths)),
  times: npyFile(
    '<f8',
    [4, 6],
    new Float64Array(24).map((_, i) => (i % 6) / 4),
  ),
  labels: npyFile(
    '<U8',
    [4],
    Uint32Array.from(classes.flatMap((name) => Array.from({ length: 8 }, (_, i) => name.charCodeAt(i) || 0))),
  ),
};

/** A kind whose damaged text is read by `plain` where its format is still `format`. */
function texts(name, format, contents, plain) {
  const originals = contents.map((content) => Buffer.from(content));
  return {
    prepare: (folder, random) => {
      const bytes = damageText(random.oneOf(originals), random);
      const file = join(folder, name);
      writeFileSync(file, bytes);
      return { file, plain: (result) => (result.format === format ? plain(bytes) : null) };
    },
  };
}

/** A kind of bytes. */
function binary(name, contents, plain, options = {}) {
  return {
    prepare: (folder, random) => {
      const bytes = damageBytes(random.oneOf(contents), random);
      const file = join(folder, name);
      writeFileSync(file, bytes);
      return { file, options, plain: (result) => plain(bytes, result) };
    },
  };
}

const parquet = (...names) => names.map((name) => read(`test/fixtures/parquet/${name}.parquet`));
const plainRecordings = ({ recordings }) => {
  const { ids, offsets, channels } = recordings;
  const values = allValues(recordings);
  return ids.map((id, i) => ({
    id,
    values: Array.from({ length: offsets[i + 1] - offsets[i] }, (_, t) =>
      Array.from(values.subarray((offsets[i] + t) * channels, (offsets[i] + t + 1) * channels)),
    ),
  }));
};

/** Kinds by name: `prepare` writes a damaged file, and `plain` gives what a plain reader makes of it. */
export const kinds = {
  ts: texts(
    'a.ts',
    'ts',
    [severalWords, vowelsTs(vowels.lines), vowelsTs(vowels.channels.map((texts) => texts.join(':'))), timed],
    plainTs,
  ),
  arff: texts('a.arff', 'arff', [flatArff, deepArff, quotedArff], plainArff),
  ucr: texts('a.txt', 'ucr', [ucr('\t'), ucr(','), ucr('  ')], plainUcr),
  csv: texts('a.csv', 'csv', [long(',', String)], (bytes) => plainLongCsv(bytes, ',')),
  'csv-decimals': texts('a.csv', 'csv', [long(';', decimalComma)], (bytes) => plainLongCsv(bytes, ';')),
  'csv-blanks': texts('a.txt', 'csv', [long(' ', String)], (bytes) => plainLongCsv(bytes, ' ')),
  'csv-dates': { prepare: damagedDates },
  'csv-wide': texts('a.csv', 'csv-wide', [wide], (bytes) => plainWideCsv(bytes, ',')),
  jsonl: texts('a.jsonl', 'jsonl', [jsonLines, jsonTables], plainJsonLines),
  folder: { prepare: damagedFolder },
  table: { prepare: damagedTable },
  gzip: { prepare: damagedGzip },
  npy: binary(
    'a.npy',
    [
      members.values,
      npyFile(
        '<f8',
        [3, 8],
        new Float64Array(24).map((_, i) => i / 7),
      ),
    ],
    (bytes) => plainNpy(bytes),
  ),
  npz: { prepare: damagedMember },
  // What an archive holds has a checksum: whatever is accepted has the values of the original.
  'npz-zip': binary('a.npz', [zipFile(members), zipFile(members, { deflate: true })], (_, { recordings }) =>
    plainNpy(
      members.values,
      recordings.offsets[1] === 6 && recordings.offsets[2] === 9 ? lengths : undefined,
    ),
  ),
  parquet: binary(
    'a.parquet',
    parquet(
      'steps-snappy',
      'steps-plain',
      'steps-gzip-v2',
      'steps-delta-brotli',
      'lists',
      'nested',
      'lists-of-steps',
    ),
    (bytes, { recordings }) => plainParquet(bytes, recordings.channelNames),
    { times: 'keep', labelsPer: 'step' },
  ),
  packed: { prepare: damagedPacked },
  packing: { prepare: packedWhileDamaged },
};

/** A folder of classes with a damaged file: what that file holds by itself. */
function damagedFolder(folder, random) {
  const part = numbers[0][0].map((_, t) => `${t / 10},${numbers.map(([x]) => x[t]).join(',')}\n`).join('');
  const original = random.oneOf([`time,a,b,c,d\n${part}`, part, part.replaceAll('.', ';')]);
  const bytes = damageText(Buffer.from(original), random);
  mkdirSync(join(folder, 'set', 'walk'), { recursive: true });
  const file = join(folder, 'set', 'walk', '1.csv');
  writeFileSync(file, bytes);
  return {
    file: join(folder, 'set'),
    plain: async () =>
      plainRecordings(await readRecordings(file, { recordings: 'one', labels: 'optional' })).map(
        ({ values }) => ({ id: 'walk/1.csv', label: 'walk', values }),
      ),
  };
}

/** A damaged table of two files that are whole: each row that is left is one of them. */
function damagedTable(folder, random) {
  const file = join(folder, 'table.csv');
  writeFileSync(join(folder, 'one.csv'), 'x,y\n1,2\n3,4\n');
  writeFileSync(join(folder, 'two.csv'), 'x,y\n5,6\n');
  const table = 'file,id,label,subject\none.csv,r1,walk,anna\ntwo.csv,r2,run,ben\n';
  writeFileSync(file, damageText(Buffer.from(table), random));
  const values = {
    1: [[5, 6]],
    2: [
      [1, 2],
      [3, 4],
    ],
  };
  return {
    file,
    plain: ({ format, recordings: { offsets, ids } }) =>
      format === 'csv-files' ? ids.map((_, i) => ({ values: values[offsets[i + 1] - offsets[i]] })) : null,
  };
}

/** A damaged gzip file: what is accepted is what Node unpacks of it. */
function damagedGzip(folder, random) {
  const bytes = damageBytes(gzipSync(vowelsTs(vowels.lines)), random);
  const file = join(folder, 'a.ts.gz');
  writeFileSync(file, bytes);
  const plain = () => {
    try {
      return plainTs(gunzipSync(bytes));
    } catch (error) {
      return { refused: `it cannot be unpacked (${error.message})` };
    }
  };
  return { file, plain: ({ format }) => (format === 'ts' ? plain() : null) };
}

/** An archive that is whole, with a damaged array in it. */
function damagedMember(folder, random) {
  const name = random.oneOf(Object.keys(members));
  const damaged = { ...members, [name]: damageBytes(members[name], random) };
  const file = join(folder, 'a.npz');
  writeFileSync(file, zipFile(damaged, { deflate: random.below(2) === 0 }));
  const plain = ({ recordings: { offsets } }) => {
    if (name === 'lengths')
      return plainNpy(
        members.values,
        Array.from(offsets.subarray(1), (end, i) => end - offsets[i]),
      );
    return (
      plainNpy(damaged.values, lengths)?.map((recording, i) => ({
        ...recording,
        label: name === 'labels' ? undefined : classes[i],
      })) ?? null
    );
  };
  return { file, options: { times: 'keep' }, plain };
}

/** A table with dates of which digits were changed, or anything. */
function damagedDates(folder, random) {
  const damaged = random.below(3) === 0 ? damageText : damageDigits;
  const bytes = damaged(random.oneOf(dated), random);
  const file = join(folder, 'a.csv');
  writeFileSync(file, bytes);
  const plain = ({ format }) => (format === 'csv' ? plainLongCsv(bytes, ',', dateTime) : null);
  return { file, options: { times: 'keep' }, plain };
}

const unprepared = {
  timestamps: { duplicates: 'error', unordered: 'error' },
  missing: 'error',
  resampling: 'none',
  windows: 'none',
};

/** A packed file, and what it was made from. */
const whole = { bytes: null, recordings: null };

/** A damaged packed file: its checksums tell all damage but that between its parts. */
async function damagedPacked(folder, random) {
  const file = join(folder, 'a.masq');
  if (whole.bytes === null) {
    const original = join(folder, 'whole.csv');
    writeFileSync(original, long(',', String));
    await packFiles(original, unprepared, file);
    whole.bytes = readFileSync(file);
    whole.recordings = plainRecordings(await readRecordings(original));
  }
  writeFileSync(file, damageBytes(whole.bytes, random));
  const read = async (...args) => {
    const result = await readRecordings(...args);
    return (await refusalOf(() => allValues(result.recordings))) ?? result;
  };
  return { file, read, plain: () => whole.recordings };
}

/** A damaged table that is packed: what comes of it is what comes of it in memory, and so is what is said where nothing does. */
async function packedWhileDamaged(folder, random) {
  const original = random.oneOf([byTime(String), long(',', String), jsonLines]);
  const file = join(folder, original === jsonLines ? 'a.jsonl' : 'a.csv');
  const packed = join(folder, 'a.masq');
  writeFileSync(file, damageText(Buffer.from(original), random));
  const read = (_, options) =>
    resultOf(async () => {
      await packFiles(file, unprepared, packed, options);
      return loadPrepared(packed, unprepared, options);
    });
  const plain = async (packing) => {
    const { problems, recordings } = await resultOf(() =>
      loadPrepared(file, unprepared, { labels: 'optional' }),
    );
    const [inMemory, onDisk] = [problems, packing.problems].map((list) => list[0]?.message ?? 'nothing');
    if (inMemory !== onDisk) return { refused: `packing says ${onDisk}, and reading ${inMemory}` };
    return problems.length > 0 ? null : plainRecordings({ recordings });
  };
  return { file, read, plain, refusals: true };
}

const nothing = {
  ...{
    channels: 1,
    offsets: Float64Array.of(0),
    values: memoryValues(new Float32Array(0), Float64Array.of(0), 1),
  },
  ...{ ids: [], labels: [], classes: [], groups: null, splits: null, lines: [] },
};

/** A result as `readRecordings` has it, of what throws. */
async function resultOf(load) {
  let recordings;
  const refusal = await refusalOf(async () => (recordings = await load()));
  return refusal ?? { recordings, problems: [], problemCount: 0, missing: 0, firstMissing: null };
}

/** What is said by an error for users; null where there is none. */
async function refusalOf(act) {
  try {
    await act();
    return null;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { recordings: nothing, problems: [{ line: 0, message: error.message }], problemCount: 1 };
  }
}
