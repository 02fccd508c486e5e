import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../shared/errors.js';
import { momentsOf } from '../moments.js';
import { FatalProblem } from '../read/problems.js';
import { allValues, count, recordingsFromArrays, type Recordings, valuesOf } from '../recordings.js';
import { eachMoments, hashesOf, memoryValues } from '../values.js';
import { blockBytes } from './layout.js';
import { openPacked } from './openPacked.js';
import { startPacked } from './writePacked.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'masq-packed-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes a set, each recording in pieces of so many steps. */
async function pack(
  recordings: Recordings,
  name: string,
  numbered = true,
  piece = Infinity,
): Promise<string> {
  const path = join(folder, name);
  const { channels } = recordings;
  const writer = startPacked(path, channels);
  for (let i = 0; i < count(recordings); i++) {
    const values = valuesOf(recordings, i);
    for (let at = 0; at < values.length; at += piece * channels) {
      writer.append(values.subarray(at, at + piece * channels));
    }
    writer.end();
  }
  await writer.finish({ recordings, numbered, missing: 0, firstMissing: null, prepared: null });
  return path;
}

/** What is read back, in memory. */
function unpack(path: string): Recordings {
  const { recordings } = openPacked(path);
  const { offsets, channels } = recordings;
  return { ...recordings, values: memoryValues(allValues(recordings), offsets, channels) };
}

/** Two recordings that together take more than one block of checked values. */
function large(): Recordings {
  const steps = (n: number): number[][] => Array.from({ length: n }, (_, t) => [Math.fround(Math.sin(t)), t]);
  return recordingsFromArrays([steps(3), steps(blockBytes / 2), steps(5)], { labels: ['a', 'b', 'a'] });
}

describe('a packed file', () => {
  it('gives back what was written, in whatever pieces it came', async () => {
    const name = fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' });
    const step = fc.tuple(
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
    );
    const recording = fc.record({
      id: name,
      label: name,
      group: name,
      steps: fc.array(step, { minLength: 1, maxLength: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(recording, { selector: ({ id }) => id, minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        async (all, piece) => {
          const recordings = recordingsFromArrays(
            all.map(({ steps }) => steps),
            {
              ids: all.map(({ id }) => id),
              labels: all.map(({ label }) => label),
              groups: all.map(({ group }) => group),
            },
          );
          expect(unpack(await pack(recordings, 'any.masq', false, piece))).toEqual(recordings);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('may have recordings that go over several blocks, and keeps the moments and the hash of each', async () => {
    const recordings = large();
    const path = await pack(recordings, 'large.masq', true, 1000);
    expect(unpack(path)).toEqual(recordings);
    const { values, offsets } = openPacked(path).recordings;
    eachMoments(values, offsets, [1], (moments) => {
      expect(moments).toEqual(momentsOf(valuesOf(recordings, 1), 2));
    });
    expect(hashesOf(values, offsets)).toEqual(hashesOf(recordings.values, offsets));
  });

  it('that is damaged or cut off anywhere is refused, or gives what was written', async () => {
    const recordings = large();
    const path = await pack(recordings, 'whole.masq');
    const bytes = readFileSync(path);
    const bytesOf = ({ values, ...table }: Recordings): string =>
      createHash('sha256')
        .update(allValues({ ...table, values }))
        .update(JSON.stringify(Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1))))
        .digest('hex');
    const expected = bytesOf(recordings);
    const copy = join(folder, 'copy.masq');
    const places = fc.integer({ min: 0, max: bytes.length - 1 });
    copyFileSync(path, copy);
    fc.assert(
      fc.property(places, fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, change, cut) => {
        const damaged = Buffer.from(bytes);
        damaged[at] ^= change;
        writeFileSync(copy, damaged);
        if (cut) truncateSync(copy, at);
        try {
          expect(bytesOf(unpack(copy))).toBe(expected);
        } catch (error) {
          if (!(error instanceof UserError || error instanceof FatalProblem)) throw error;
          expect(error.message).toMatch(/damaged or was cut off|another version/);
        }
      }),
      { numRuns: 100 },
    );
    writeFileSync(copy, Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(8, 1), bytes.subarray(4104)]));
    expect(() => unpack(copy)).toThrow('values in block 0 have another checksum');
  });

  it('that is given up leaves nothing behind', async () => {
    const before = await readdir(folder);
    const writer = startPacked(join(folder, 'given-up.masq'), 1);
    writer.append(Float32Array.of(1, 2));
    writer.end();
    writer.abort();
    expect(await readdir(folder)).toEqual(before);
  });
});
