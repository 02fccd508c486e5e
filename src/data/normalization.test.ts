import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectRecordings } from './combine.js';
import { fitNormalization, normalize } from './normalization.js';
import { allValues, recordingsFromArrays } from './recordings.js';

const TWO = recordingsFromArrays([
  [
    [1, 5],
    [3, 5],
  ],
  [[8, 5]],
]);

describe('normalisation by channel', () => {
  it('takes mean and biased deviation over all steps of the chosen recordings, and stores plain numbers', () => {
    // Steps 1, 3, 8: mean 4, variance (9 + 1 + 16) / 3.
    const normalization = fitNormalization(TWO, [0, 1], 'channel');
    expect(JSON.parse(JSON.stringify(normalization))).toEqual({
      kind: 'channel',
      mean: [4, 5],
      std: [Math.sqrt(26 / 3), 0],
    });
    expect(fitNormalization(TWO, [0], 'channel')).toEqual({ kind: 'channel', mean: [2, 5], std: [1, 0] });
  });

  it('only centres a constant channel', () => {
    const values = allValues(normalize(TWO, fitNormalization(TWO, [0], 'channel')));
    expect(Array.from(values)).toEqual([-1, 0, 1, 0, 6, 0]);
  });

  it('finds a channel constant whose value float64 cannot sum exactly', () => {
    const constant = recordingsFromArrays([Array.from({ length: 1000 }, () => [0.1])]);
    expect(fitNormalization(constant, [0], 'channel')).toMatchObject({ std: [0] });
  });

  it('keeps a small deviation beside a large mean', () => {
    const far = recordingsFromArrays([[[1e6], [1e6 + 1]]]);
    expect(fitNormalization(far, [0], 'channel')).toEqual({ kind: 'channel', mean: [1e6 + 0.5], std: [0.5] });
  });
});

describe('normalisation by recording', () => {
  it('uses the steps of each recording alone, and makes a constant channel 0', () => {
    const values = allValues(normalize(TWO, fitNormalization(TWO, [], 'recording')));
    expect(Array.from(values)).toEqual([-1, 0, 1, 0, 0, 0]);
  });
});

it('normalising a recording does not depend on the recordings beside it', () => {
  const value = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
  const recording = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(
      fc.array(recording, { minLength: 2, maxLength: 6 }),
      fc.constantFrom('channel', 'recording'),
      (series, kind) => {
        const all = recordingsFromArrays(series);
        const normalization = fitNormalization(TWO, [0, 1], kind);
        const alone = normalize(selectRecordings(all, [1]), normalization);
        expect(allValues(selectRecordings(normalize(all, normalization), [1]))).toEqual(allValues(alone));
      },
    ),
  );
});
