// What the entries of a NumPy array are: numbers, truth values, times or texts of a fixed size.
import { FatalProblem, quote } from './problems.js';
import { truthClass } from './reader.js';

/** The type of an array's entries. */
export interface NpyType {
  readonly kind: 'number' | 'boolean' | 'time' | 'text';
  /** Bytes of an entry. */
  readonly size: number;
  /** Entry number `index` as a number, times in seconds since 1970; only where `kind` is not `text`. */
  readonly number: (bytes: DataView, index: number) => number;
  /** Entry number `index` as a text: integers in all their digits, truth values as Python writes them. */
  readonly text: (bytes: DataView, index: number) => string;
}

type NumberReader = (bytes: DataView, at: number, littleEndian: boolean) => number | bigint;

const NUMBERS: Record<string, NumberReader> = {
  f4: (bytes, at, littleEndian) => bytes.getFloat32(at, littleEndian),
  f8: (bytes, at, littleEndian) => bytes.getFloat64(at, littleEndian),
  i1: (bytes, at) => bytes.getInt8(at),
  i2: (bytes, at, littleEndian) => bytes.getInt16(at, littleEndian),
  i4: (bytes, at, littleEndian) => bytes.getInt32(at, littleEndian),
  i8: (bytes, at, littleEndian) => bytes.getBigInt64(at, littleEndian),
  u1: (bytes, at) => bytes.getUint8(at),
  u2: (bytes, at, littleEndian) => bytes.getUint16(at, littleEndian),
  u4: (bytes, at, littleEndian) => bytes.getUint32(at, littleEndian),
  u8: (bytes, at, littleEndian) => bytes.getBigUint64(at, littleEndian),
  b1: (bytes, at) => (bytes.getUint8(at) === 0 ? 0 : 1),
};

/** Units of `datetime64` in one second. Months and years have no fixed length. */
const PER_SECOND: Record<string, number> = {
  ...{ D: 1 / 86_400, h: 1 / 3600, m: 1 / 60, s: 1 },
  ...{ ms: 1e3, us: 1e6, ns: 1e9 },
};

const NOT_A_TIME = -(2n ** 63n);

const LAST_CODE_POINT = 0x10ffff;

/**
 * Reads a type as a header writes it: byte order, kind and size, such as `<f4`.
 *
 * @param what is called so in messages
 * @throws FatalProblem where entries of that type are not read
 */
export function parseNpyType(descr: string, what: string): NpyType {
  const [, order = '', kind = '', digits = ''] = /^([<>|=]?)([a-zA-Z])(\d*)$/.exec(descr) ?? [];
  if (kind === 'O') {
    throw new FatalProblem(
      0,
      `${what} is an object array (dtype object), which only Python can unpickle. Save recordings of different lengths as one ` +
        'array of all steps with "offsets", or padded with "lengths"; save texts with .astype(str).',
    );
  }
  const littleEndian = order !== '>';
  const unit = /^[<>]M8\[(\w+)\]$/.exec(descr)?.[1];
  if (unit !== undefined && unit in PER_SECOND) return timeType(PER_SECOND[unit], !descr.startsWith('>'));
  const size = Number(digits);
  // Entries without bytes could be any number.
  if (kind === 'U' && size > 0)
    return textType(4 * size, (bytes, at) => utf32(bytes, at, size, littleEndian, what));
  if (kind === 'S' && size > 0) return textType(size, (bytes, at) => utf8(bytes, at, size));
  const number = kind + digits in NUMBERS ? NUMBERS[kind + digits] : undefined;
  if (number === undefined) {
    throw new FatalProblem(
      0,
      `${what} has entries of the type ${quote(descr)}, expected float32, float64, integers, truth values or texts. ` +
        "Convert it before it is saved: .astype('float32'), say.",
    );
  }
  return {
    kind: kind === 'b' ? 'boolean' : 'number',
    size,
    number: (bytes, index) => Number(number(bytes, index * size, littleEndian)),
    text: (bytes, index) => {
      const value = number(bytes, index * size, littleEndian);
      return kind === 'b' ? truthClass(value !== 0) : String(value);
    },
  };
}

function timeType(perSecond: number, littleEndian: boolean): NpyType {
  const ticks = (bytes: DataView, index: number): bigint => bytes.getBigInt64(8 * index, littleEndian);
  return {
    kind: 'time',
    size: 8,
    number: (bytes, index) => {
      const time = ticks(bytes, index);
      return time === NOT_A_TIME ? NaN : Number(time) / perSecond;
    },
    text: (bytes, index) => String(ticks(bytes, index)),
  };
}

function textType(size: number, text: (bytes: DataView, at: number) => string): NpyType {
  return { kind: 'text', size, number: () => NaN, text: (bytes, index) => text(bytes, index * size) };
}

/** A text of `length` code points, the zeros at its end left out. */
function utf32(bytes: DataView, at: number, length: number, littleEndian: boolean, what: string): string {
  const codePoints = Array.from({ length }, (_, i) => bytes.getUint32(at + 4 * i, littleEndian));
  if (codePoints.some((codePoint) => codePoint > LAST_CODE_POINT)) {
    throw new FatalProblem(0, `${what} holds a text that is not Unicode; the file is damaged.`);
  }
  return withoutZeros(codePoints.map((codePoint) => String.fromCodePoint(codePoint)).join(''));
}

function utf8(bytes: DataView, at: number, length: number): string {
  return withoutZeros(Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString('utf8'));
}

function withoutZeros(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--;
  return text.slice(0, end);
}
