// Damages bytes at random: as a disk, a hand or another program might.
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** What is put into texts: what separates, quotes and stands for values, whole and in halves. */
const TEXTS = [
  ...Array.from('\0\n\r,:;"\'@#%\\{}[]()?|-+.eE0x \t'),
  ...[
    '\r\n',
    '\n\n',
    '\\n',
    '\u00e9',
    '\ufeff',
    '\u00a0',
    '\u2028',
    '\u0661',
    '\ud83d\ude00',
    '""',
    '\\',
    '\\u0031',
  ],
  ...[
    'NaN',
    'nan',
    'NA',
    'null',
    'inf',
    '-Infinity',
    'true',
    '1e999',
    '-1e39',
    '1e-400',
    '0x10',
    '1_000',
    '1,5',
    '1.5',
  ],
  ...[
    '--1',
    '+-1',
    '1.2.3',
    '.',
    '1e',
    '1e+',
    '00012',
    '9007199254740993',
    '3.4028235677973366e38',
    '0'.repeat(400),
  ],
  ...[
    '9'.repeat(400),
    `0.${'3'.repeat(60)}`,
    '2024-05-01T10:00:00Z',
    '@data',
    '@attribute',
    '"a',
    'train',
    'label',
    'id',
  ],
];

const BYTES = [0, 1, 2, 4, 0x15, 0x4e, 0x7f, 0x80, 0xfe, 0xff];
const WORDS = [0, 1, -1, 2, 255, 256, 65535, 65536, 0x7fffffff, -0x80000000, 1000, 100000];

/** Draws of one case of one kind: whole numbers below `n`, and one of a list. */
export function draws(seed) {
  const generator = xoroshiro128plus(seed);
  const below = (n) => uniformInt(generator, 0, n - 1);
  return { below, oneOf: (list) => list[below(list.length)] };
}

/** A text with one to four edits, most often one. */
export const damageText = (bytes, random) => damage(bytes, textEdits, random);

/** A text with one to four digits replaced by others, so that most of what it says stays of its form. */
export const damageDigits = (bytes, random) => damage(bytes, [replaceDigit], random);

/** Bytes that are no text with one to four edits, most often one. */
export const damageBytes = (bytes, random) => damage(bytes, byteEdits, random);

function damage(original, edits, random) {
  let bytes = original;
  for (let left = Math.max(1, random.below(8) - 3); left > 0; left--)
    bytes = random.oneOf(edits)(bytes, random);
  return bytes;
}

/** `bytes` with `removed` of them replaced at `at`. */
function replace(bytes, at, removed, added) {
  return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)]);
}

const text = (random) => Buffer.from(random.oneOf(TEXTS));

const textEdits = [
  (bytes, random) => replace(bytes, random.below(bytes.length + 1), 0, text(random)),
  (bytes, random) => replace(bytes, random.below(bytes.length + 1), random.below(4), text(random)),
  (bytes, random) => replace(bytes, random.below(bytes.length + 1), random.below(40), Buffer.alloc(0)),
  (bytes, random) => replace(bytes, random.below(bytes.length + 1), 1, Buffer.of(random.below(256))),
  replaceToken,
  replaceToken,
  replaceToken,
  editLines,
  editLines,
  (bytes, random) =>
    random.below(4) > 0 ? replaceToken(bytes, random) : bytes.subarray(0, random.below(bytes.length + 1)),
];

/** Puts something else in place of a number or a word. */
function replaceToken(bytes, random) {
  const tokens = [...bytes.toString('latin1').matchAll(/[^\s,:;"'|()[\]{}]+/g)];
  if (tokens.length === 0) return bytes;
  const { index, 0: token } = random.oneOf(tokens);
  const other = random.below(3) === 0 ? Buffer.from(random.oneOf(tokens)[0], 'latin1') : text(random);
  return replace(bytes, index, token.length, other);
}

function replaceDigit(bytes, random) {
  const digits = [...bytes.keys()].filter((at) => bytes[at] >= 0x30 && bytes[at] <= 0x39);
  return replace(bytes, random.oneOf(digits), 1, Buffer.of(0x30 + random.below(10)));
}

/** Leaves a line out, repeats it, or puts it elsewhere. */
function editLines(bytes, random) {
  const lines = bytes.toString('latin1').split('\n');
  const from = random.below(lines.length);
  const [line] = random.below(3) === 0 ? [lines[from]] : lines.splice(from, 1);
  if (random.below(2) === 0) lines.splice(random.below(lines.length + 1), 0, line);
  return Buffer.from(lines.join('\n'), 'latin1');
}

const byteEdits = [
  (bytes, random) => replace(bytes, random.below(bytes.length + 1), 1, Buffer.of(random.oneOf(BYTES))),
  (bytes, random) => replace(bytes, random.below(bytes.length + 1), 1, Buffer.of(random.below(256))),
  (bytes, random) => {
    const at = random.below(bytes.length + 1);
    return replace(bytes, at, 1, Buffer.of((bytes[at] ?? 0) ^ (1 << random.below(8))));
  },
  (bytes, random) => {
    const word = Buffer.alloc(4);
    word.writeInt32LE(random.oneOf(WORDS));
    return replace(bytes, random.below(bytes.length + 1), 4, word);
  },
  (bytes, random) => {
    const at = random.below(bytes.length + 1);
    return replace(bytes, random.below(bytes.length + 1), 0, bytes.subarray(at, at + random.below(64)));
  },
  (bytes, random) => replace(bytes, random.below(bytes.length + 1), random.below(16), Buffer.alloc(0)),
  (bytes, random) => {
    // Half of these are in what text there is: headers, names.
    const texts = [...bytes.toString('latin1').matchAll(/[ -~]{2,}/g)];
    if (texts.length === 0) return bytes;
    const { index, 0: found } = random.oneOf(texts);
    return replace(bytes, index + random.below(found.length), 1, Buffer.of(0x20 + random.below(95)));
  },
  (bytes, random) =>
    random.below(4) > 0
      ? replace(bytes, random.below(bytes.length + 1), 1, Buffer.of(0))
      : bytes.subarray(0, random.below(bytes.length + 1)),
];
