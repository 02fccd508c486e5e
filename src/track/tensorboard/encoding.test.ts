// Checksums, records, events and histograms, byte by byte.
import { describe, expect, it } from 'vitest';
import { crc32c } from './crc32c.js';
import { sessionStartEvent, summaryEvent } from './events.js';
import { histogramOf } from './histogram.js';
import { frameRecord } from './record.js';

describe('the checksum', () => {
  const counting = Uint8Array.from({ length: 32 }, (_, i) => i);
  it.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of ones', new Uint8Array(32).fill(255), 0x62a8ab43],
    ['0 to 31', counting, 0x46dd794e],
    ['31 to 0', counting.toReversed(), 0x113fdb5c],
    ['123456789', Buffer.from('123456789'), 0xe3069283],
    ['nothing', new Uint8Array(), 0],
  ])('of %s is that of RFC 3720 and of the catalogue of CRCs', (_, bytes, checksum) => {
    expect(crc32c(bytes)).toBe(checksum);
  });
});

it('frames a record as TensorFlow does: every one of its event files begins with these bytes', () => {
  const framed = frameRecord(new Uint8Array(24));
  expect(framed.length).toBe(8 + 4 + 24 + 4);
  expect(framed.subarray(0, 12).toString('hex')).toBe('1800000000000000a37f4b22');
});

it.each([
  [
    'a scalar',
    summaryEvent({ wallTime: 1, step: 3 }, [{ tag: 'a', scalar: 0.5 }]),
    '09000000000000f03f' + '1003' + '2a0a' + '0a08' + '0a0161' + '150000003f',
  ],
  ['a start', sessionStartEvent({ wallTime: 1, step: 300 }), '09000000000000f03f' + '10ac02' + '3a020801'],
])('encodes %s as protocol buffers have it', (_, event, bytes) => {
  expect(Buffer.from(event).toString('hex')).toBe(bytes);
});

describe('a histogram', () => {
  it('counts finite numbers in 30 buckets from the least to the greatest', () => {
    const histogram = histogramOf(Float32Array.of(3, 0, NaN, 1.5, 0, Infinity));
    expect(histogram).toMatchObject({ min: 0, max: 3, count: 4, sum: 4.5, sumOfSquares: 11.25 });
    expect(histogram?.limits).toHaveLength(30);
    expect(histogram?.limits.slice(-2)).toEqual([expect.closeTo(2.9), 3]);
    const held = Array.from({ length: 30 }, () => 0);
    held[0] = 2;
    held[15] = 1;
    held[29] = 1;
    expect(histogram?.counts).toEqual(held);
  });

  it('has one bucket where all numbers are the same, and is none where there are none', () => {
    expect(histogramOf(Float32Array.of(2, 2))).toMatchObject({ limits: [2], counts: [2] });
    expect(histogramOf(Float32Array.of(NaN))).toBeNull();
  });
});
