import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import type { Piece } from './pieces.js';
import { RunFile, type StepParts } from './runs.js';

const folder = mkdtempSync(join(tmpdir(), 'masq-runs-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A part of a recording, its first value and its class. */
const part = fc.record({
  owner: fc.nat(5),
  length: fc.integer({ min: 1, max: 4 }),
  value: fc.float({ noNaN: true }),
  label: fc.constantFrom('', 'a', 'b'),
});

it('steps in any order come back recording by recording, and the file is gone', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(part, { maxLength: 8 }), { maxLength: 8 }),
      fc.integer({ min: 1, max: 600 }),
      fc.boolean(),
      fc.boolean(),
      (blocks, most, timed, labelled) => {
        const runs = new RunFile(join(folder, 'set.masq'), labelled, most);
        const expected = Array.from({ length: 6 }, () => ({
          ...{ values: [] as number[], times: [] as number[], classes: [] as string[] },
        }));
        let time = 0;
        for (const parts of blocks) {
          const steps = parts.flatMap(({ length, ...each }) => Array<typeof each>(length).fill(each));
          const times = steps.map(() => time++ / 3);
          for (const [i, { owner, value, label }] of steps.entries()) {
            expected[owner].values.push(value, -value);
            if (timed) expected[owner].times.push(times[i]);
            if (labelled) expected[owner].classes.push(label);
          }
          const block: StepParts = {
            channels: 2,
            values: Float32Array.from(steps.flatMap(({ value }) => [value, -value])),
            lengths: Int32Array.from(parts, ({ length }) => length),
            stepTimes: timed ? Float64Array.from(times) : null,
            labels: parts.map(({ label }) => label),
          };
          runs.add(
            block,
            parts.map(({ owner }) => owner),
          );
        }
        const found = expected.map((_, recording) => plainly(runs.read(recording)));
        runs.close();
        expect(found).toEqual(expected);
      },
    ),
    { numRuns: 60 },
  );
  expect(readdirSync(folder)).toEqual([]);
});

function plainly({ values, times, labels }: Piece): unknown {
  for (const [i, { label }] of labels.entries()) expect(label).not.toBe(labels.at(i + 1)?.label);
  return {
    values: Array.from(values),
    times: Array.from(times ?? []),
    classes: labels.flatMap(({ label, steps }) => Array<string>(steps).fill(label)),
  };
}
