import { describe, expect, test } from 'vitest';
import { analyze } from './analyze.js';
import type { CellResults, RunNumbers, StudyResults } from './results.js';

const run: RunNumbers = {
  seed: 1,
  value: 0.5,
  parameters: 1000,
  macs: 5000,
  secondsPerStep: 0.01,
  trainSeconds: 1,
  peakMemoryBytes: 1e6,
  trainRecordings: null,
  validationRecordings: 25,
  validationLoss: 0.5,
  epochs: [],
  gates: null,
};

/** A cell with a value, or more of a run, for each seed from 1; null where the trial was ended by halving. */
function cell(
  method: string,
  runs: readonly (number | Partial<RunNumbers> | null)[],
  levels: Record<string, string> = {},
): CellResults {
  return {
    id: method,
    method,
    levels,
    settings: levels,
    dataset: null,
    role: 'grid',
    validationFraction: 0.2,
    trials: runs.map((numbers, i) => ({
      seed: i + 1,
      directory: `${method}/${i + 1}`,
      outcome:
        numbers === null
          ? { status: 'halved', message: 'Ended by halving after epoch 5 (0.9).' }
          : {
              status: 'finished',
              run: { ...run, ...(typeof numbers === 'number' ? { value: numbers } : numbers), seed: i + 1 },
            },
    })),
  };
}

function study(cells: readonly CellResults[], rest: Partial<StudyResults> = {}): StudyResults {
  return {
    name: 'study',
    kind: 'grid',
    axes: {},
    datasets: [],
    seeds: cells[0].trials.map(({ seed }) => seed),
    repeat: null,
    compare: {
      metric: 'test.accuracy',
      better: 'higher',
      baseline: 'base',
      level: 0.05,
      differenceOfInterest: null,
    },
    halving: null,
    cells,
    ...rest,
  };
}

const base = [0.8, 0.81, 0.79, 0.82, 0.78, 0.8];
const lead = [0.02, 0.03, 0.01, 0.02, 0.03, 0.01];

describe('the summary', () => {
  test('says which way a significant difference goes, by how much and how surely', () => {
    const other = cell('other', base.map((value, i) => value - lead[i])); // prettier-ignore
    const [sentence] = analyze(study([cell('base', base), other]), '').summary;
    expect(sentence).toMatch(
      /^Of 1 comparison with base, 1 is significant at the 5 % level after Holm's correction: 0 better, 1 worse\. The largest is that of other: −0\.02 test\.accuracy \(95 % interval −0\.027 to −0\.013, p = 0\.031 after correction, 6 seeds\)\.$/,
    );
    const compare = { ...study([other]).compare, metric: 'test.logLoss', better: 'lower' } as const;
    expect(analyze(study([cell('base', base), other], { compare }), '').summary[0]).toContain(
      '1 better, 0 worse',
    );
  });

  test('does not take a difference that is not shown for none', () => {
    const other = cell('other', base.map((value, i) => value + (i < 3 ? 0.01 : -0.008))); // prettier-ignore
    const [sentence] = analyze(study([cell('base', base), other]), '').summary;
    expect(sentence).toMatch(
      /^The comparison with base is not significant at the 5 % level, which does not show that there is no difference\./,
    );
    expect(sentence).toMatch(/takes about \d+ seeds, if it is real\.$/);
  });

  test('plans by the smallest difference of interest where one is named', () => {
    const other = cell('other', base.map((value, i) => value + (i < 3 ? 0.01 : -0.008))); // prettier-ignore
    const compare = { ...study([other]).compare, differenceOfInterest: 0.01 };
    const [sentence] = analyze(study([cell('base', base), other], { compare }), '').summary;
    // The noncentral t with effect 0.01 / 0.00986.
    expect(sentence).toContain(
      'Showing the smallest difference of interest, 0.01, takes about 10 seeds by the spread',
    );
  });

  test('warns of intervals over very few seeds, and names how many the best cell has', () => {
    const { summary } = analyze(study([cell('base', [0.8, 0.82]), cell('other', [0.9, 0.91])]), '');
    expect(summary[1]).toMatch(/^Intervals over 2 seeds are far too narrow/);
    expect(summary[2]).toContain(
      'other has the highest mean test.accuracy (0.905, 95 % interval 0.9 to 0.91, 2 seeds)',
    );
  });

  test('plans nothing by differences that are all alike', () => {
    const { summary } = analyze(study([cell('base', [0.8, 0.9]), cell('other', [0.85, 0.95])]), '');
    expect(summary[0]).toMatch(/That takes at least 6 seeds\.$/);
  });

  test('says so where no cell ever differs, and which cells have no baseline to be compared with', () => {
    const equal = [1, 1, 1, 1, 1, 1];
    const onOther = (one: CellResults): CellResults => ({ ...one, id: `D2,${one.id}`, dataset: 'D2' });
    const cells = [cell('base', equal), cell('other', equal)].map((one) => ({ ...one, dataset: 'D1' }));
    const { summary } = analyze(
      study([...cells, onOther(cell('other', equal))], { datasets: ['D1', 'D2'] }),
      '',
    );
    expect(summary[0]).toMatch(/^No cell differs from base in any seed/);
    expect(summary[1]).toBe('1 cell on D2 is not compared, sharing no finished seed with base.');
  });

  test('counts what stands beside the design as a control, and a baseline of the design not', () => {
    const cells = [cell('base', base), cell('other', base)];
    expect(analyze(study(cells), '').methods).not.toContain('control');
    const beside = { ...cell('beside', base), role: 'control' as const };
    expect(analyze(study([...cells, beside]), '').methods).toContain('with 1 control (3 cells, 18 trials)');
  });

  test('names halving before all else, and in the methods', () => {
    const cells = [cell('base', base), cell('other', [null, null, null, null, null, null])];
    const { summary, methods, trials } = analyze(study(cells, { halving: { firstEpoch: 5, factor: 3 } }), '');
    expect(summary[0]).toMatch(
      /^Successive halving ended 6 trials early by their validation, which biases this study/,
    );
    expect(summary[1]).toBe(
      'Nothing can be compared with the baseline base: no other cell shares a finished seed with it.',
    );
    expect(summary.at(-1)).toBe('6 of 12 trials are missing: 6 ended by halving; 1 cell has none.');
    expect(methods).toContain(
      'Successive halving (Jamieson and Talwalkar 2016) from epoch 5 by a factor of 3',
    );
    expect(trials[6]).toMatchObject({ status: 'halved', message: 'Ended by halving after epoch 5 (0.9).' });
  });

  test('claims nothing without a finished trial', () => {
    expect(analyze(study([cell('base', [null, null])]), '').summary).toEqual([
      'No trial has finished, so nothing can be said yet.',
      '2 of 2 trials are missing: 2 ended by halving; 1 cell has none.',
    ]);
  });

  test('says that max-T finds what Holm cannot with so few seeds', () => {
    const others = Array.from({ length: 20 }, (_, k) => cell(`other ${k}`, base.map((value, i) => value + lead[i] + k / 1e4))); // prettier-ignore
    const { summary } = analyze(study([cell('base', base), ...others]), '');
    expect(summary[0]).toContain('No comparison with base could be significant');
    expect(summary[0]).toContain(
      'That takes at least 10 seeds, and about 10, by the spread of these few, to show the largest difference here, +0.022 of other 19, with 80 % power, if it is real.',
    );
    expect(summary[1]).toContain('Joint sign flips (max-T)');
    expect(summary[1]).toContain('in 20 of 20 comparisons');
  });
});

describe('the reduction ratio', () => {
  const ratios = [2, 4, 8, 16];
  const axes = { 'model.attention.ratio': ratios.map(String) };
  /** Loss `½κr²` beside a level of each seed, and 4096/r parameters beside 1000. */
  const cells = (curvature: number) =>
    ratios.map((ratio) =>
      cell(
        `ratio=${ratio}`,
        base.map((value, i) => ({
          value: value - (ratio === 16 ? 0.1 + i / 1000 : 0),
          parameters: 1000 + 4096 / ratio,
          validationLoss: i / 10 + (curvature / 2) * ratio ** 2,
        })),
        { 'model.attention.ratio': String(ratio) },
      ),
    );

  test('is the largest within noise of the best, beside the closed form and the customary 16', () => {
    const [{ ratios: found }] = analyze(study(cells(0.04), { axes }), '').datasets;
    expect(found).toHaveLength(1);
    const [{ sufficient, closedForm, sentence }] = found;
    expect(sufficient.sufficient).toBe(8);
    // λ = 1/100 for 25 validation recordings, a fifth: r*³ = λ·4096/κ = 1024.
    if ('refused' in closedForm) throw new Error(closedForm.refused);
    expect(closedForm.parameterPrice).toBeCloseTo(0.01, 12);
    expect(closedForm.curvature).toBeCloseTo(0.04, 12);
    expect(closedForm.ratio).toBeCloseTo(1024 ** (1 / 3), 8);
    expect(sentence).toContain(
      'no larger ratio is within one standard error of it (95 % interval 8 to 8, 6 seeds). That is smaller than the customary 16, which the interval does not hold.',
    );
    expect(sentence).toContain(
      "(Akaike's price of 1/N for N ≈ 100 training recordings); 16 would be best at 0.04.",
    );
    expect(sentence).not.toContain('outside');
  });

  test('of many settings is summed up, with the reason where the closed form gives none', () => {
    const settings = ['a', 'b', 'c'].flatMap((squeeze, k) =>
      cells([0.04, -0.01, 0.04][k]).map((one) => ({
        ...one,
        id: `${one.id},${squeeze}`,
        levels: { ...one.levels, squeeze },
        validationFraction: squeeze === 'c' ? null : 0.2,
      })),
    );
    const all = { ...axes, squeeze: ['a', 'b', 'c'] };
    expect(analyze(study(settings, { axes: all }), '').summary).toContain(
      'The largest reduction ratio within one standard error of the best is 8 in all 3 settings: below the customary 16 in 3, ' +
        'above in 0; the interval holds 16 in 0. The closed form: it gives a ratio (1 setting); the validation loss does not ' +
        'rise with the ratio (1 setting); trials have no validation data, to whose loss the closed form is fitted (1 setting).',
    );
  });

  test('is told from others by five seeds or more, whose runs are not all alike', () => {
    const alike = ratios.map((ratio) =>
      cell(`ratio=${ratio}`, [1, 1, 1, 1, 1, 1], { 'model.attention.ratio': String(ratio) }),
    );
    const [tied] = analyze(study(alike, { axes }), '').datasets[0].ratios;
    expect(tied.sufficient.interval).toBeNull();
    expect(tied.sentence).toContain(
      'test.accuracy is 1 in every run, so that no ratio is told from another.',
    );
    const few = cells(0.04).map((one) => ({ ...one, trials: one.trials.slice(0, 4) }));
    const [four] = analyze(study(few, { axes }), '').datasets[0].ratios;
    expect(four.sentence).toContain('; 4 seeds do not tell how far that is from noise.');
  });

  test('by the closed form says so where it lies beyond the ratios tried', () => {
    const [{ ratios: found }] = analyze(study(cells(0.0004), { axes }), '').datasets;
    expect(found[0].sentence).toContain('outside the ratios tried (2 to 16)');
  });

  test('has no closed form where the loss falls with the ratio, or nothing was validated', () => {
    const [{ ratios: falling }] = analyze(study(cells(-0.01), { axes }), '').datasets;
    expect(falling[0].closedForm).toMatchObject({ ratio: null });
    expect(falling[0].sentence).toContain('the validation loss does not rise with the ratio');
    const unvalidated = cells(0.04).map((one) => ({ ...one, validationFraction: null }));
    const [{ ratios: none }] = analyze(study(unvalidated, { axes }), '').datasets;
    expect(none[0].closedForm).toEqual({
      refused: 'Trials have no validation data, to whose loss the closed form is fitted.',
    });
  });
});
