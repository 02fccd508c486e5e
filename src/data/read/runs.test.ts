import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { type Piece, RunFile, together } from './runs.js';

const folder = mkdtempSync(join(tmpdir(), 'masq-runs-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('steps in any order come back recording by recording, and the file is gone', () => {
  const step = fc.record({
    recording: fc.nat(3),
    value: fc.float({ noNaN: true }),
    label: fc.constantFrom('', 'a', 'b'),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      fc.integer({ min: 1, max: 4000 }),
      fc.boolean(),
      (steps, most, timed) => {
        const runs = new RunFile(join(folder, 'set.masq'), most);
        const pieces = steps.map(({ value, label }, i): Piece => ({
          values: Float32Array.of(value, -value),
          times: timed ? Float64Array.of(i) : null,
          labels: [{ label, steps: 1 }],
        }));
        for (const [i, { recording }] of steps.entries()) runs.add(recording, pieces[i]);
        for (let recording = 0; recording < 4; recording++) {
          const own = pieces.filter((_, i) => steps[i].recording === recording);
          expect(runs.read(recording)).toEqual(together(own));
          expect(Array.from(runs.read(recording).values)).toEqual(
            own.flatMap(({ values }) => Array.from(values)),
          );
        }
        runs.close();
      },
    ),
    { numRuns: 40 },
  );
  expect(readdirSync(folder)).toEqual([]);
});
