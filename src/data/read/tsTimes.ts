// Recordings of `.ts` files with `@timeStamps true`: `(time,value),(time,value):(time,value),…`, channels separated by `:`. Times are
// numbers or dates; all channels of a recording have the same ones.
import { type ChannelRow, clearRow, noteOddValue } from './channelRow.js';
import { isBlank, latin1, parseNumberBytes } from './numbers.js';
import { quote } from './problems.js';
import { FLOAT32_MAX } from './reader.js';
import { disorder, parseTime } from './times.js';

const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = 0x28;
const CLOSE = 0x29;

/**
 * Reads `bytes[start … end)`: the values into `row`, channel after channel.
 *
 * @param anyOrder whether times may come in any order
 * @returns the times of the steps, or what is wrong with the line
 */
export function readTimedRow(
  bytes: Buffer,
  start: number,
  end: number,
  row: ChannelRow,
  anyOrder: boolean,
): Float64Array | string {
  clearRow(row, end - start);
  const times: number[] = [];
  let written = 0;
  let length = 0;
  for (let at = skipBlanks(bytes, start, end); at < end; at = skipBlanks(bytes, at, end)) {
    const channel = row.lengths.length + 1;
    if (bytes[at] === COLON) {
      row.lengths.push(length);
      length = 0;
      at++;
      continue;
    }
    const where = `channel ${channel}, step ${length + 1}`;
    if (length > 0) {
      if (bytes[at] !== COMMA)
        return `${where}: found ${found(bytes, at, end)}, expected "," between two pairs.`;
      at = skipBlanks(bytes, at + 1, end);
    }
    const close = bytes.indexOf(CLOSE, at);
    const comma = bytes.subarray(at, Math.max(at, close)).lastIndexOf(COMMA) + at;
    if (bytes[at] !== OPEN || close < 0 || close >= end || comma < at) {
      return `${where}: found ${found(bytes, at, end)}, expected (time,value), as @timeStamps is true.`;
    }
    const time = timeOf(bytes, at + 1, comma);
    const text = (): string => bytes.toString('utf8', at + 1, comma).trim();
    if (Number.isNaN(time))
      return `${where}: the time ${quote(text())} is neither a number nor an ISO 8601 date.`;
    if (channel > 1) {
      if (length < times.length && time !== times[length]) {
        return (
          `${where}: the time is ${quote(text())}, which is not that of channel 1; expected all channels of a recording at the ` +
          'same times. Give each time a value in every channel, "?" where there is none.'
        );
      }
    } else {
      const wrong = anyOrder || length === 0 ? undefined : disorder(times[length - 1], time, text(), 'steps');
      if (wrong !== undefined) return `${where}: ${wrong}`;
      times.push(time);
    }
    const value = parseNumberBytes(bytes, comma + 1, close);
    // Math.abs(value) <= MAX also fails for NaN.
    const isNumber = Math.abs(value) <= FLOAT32_MAX;
    row.values[written++] = isNumber ? value : NaN;
    length++;
    if (!isNumber) noteOddValue(row, bytes, comma + 1, close, channel, length);
    at = close + 1;
  }
  row.lengths.push(length);
  return Float64Array.from(times);
}

function timeOf(bytes: Buffer, from: number, to: number): number {
  const number = parseNumberBytes(bytes, from, to);
  return Number.isFinite(number) ? number : parseTime(latin1(bytes, from, to).trim());
}

/** Where the next byte is that is no blank. */
function skipBlanks(bytes: Buffer, at: number, end: number): number {
  while (at < end && isBlank(bytes[at])) at++;
  return at;
}

/** The beginning of what stands at `at`, for messages. */
function found(bytes: Buffer, at: number, end: number): string {
  return at >= end ? 'nothing' : quote(bytes.toString('utf8', at, Math.min(end, at + 40)));
}
