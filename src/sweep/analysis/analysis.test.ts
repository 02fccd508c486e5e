import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testWithPython } from '../../../test/support/python.js';
import { baselineAccuracies, smallMethods, writeSmallStudy } from '../../../test/support/studyFolder.js';
import { parseReport, writeStudyReport, type StudyReport } from './index.js';
import type { CellReport } from './studyReport.js';

const folder = mkdtempSync(join(tmpdir(), 'masq-analysis-'));
const study = join(folder, 'study');
let report: StudyReport;

beforeAll(async () => {
  writeSmallStudy(study);
  ({ report } = await writeStudyReport(study, ({ name }) => name));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the report of a study', () => {
  test('has mean, standard deviation and values by seed of each cell', () => {
    const baseline = cell('JapaneseVowels,attention=none');
    expect(baseline).toMatchObject({
      role: 'baseline',
      n: 6,
      planned: 6,
      difference: null,
      pHolm: null,
      pMaxT: null,
    });
    expect(baseline.values).toEqual(baselineAccuracies.map((accuracy) => accuracy / 100));
    expect(baseline.mean).toBeCloseTo(0.8, 12);
    // Squared differences of 2, 2, 1 and 1 points: √(10 / 5).
    expect(baseline.sd).toBeCloseTo(Math.SQRT2 / 100, 12);
    expect(baseline.interval?.lower).toBeGreaterThan(0.785);
    expect(baseline.interval?.upper).toBeLessThan(0.815);
  });

  test('compares each cell with the baseline on its own data set, seed by seed', () => {
    const better = cell('JapaneseVowels,ratio=2,squeeze=average');
    expect(better.settings).toEqual({
      dataset: 'JapaneseVowels',
      'model.attention.ratio': '2',
      'model.attention.squeeze': 'average',
    });
    expect(better.difference).toBeCloseTo(0.02, 12);
    // All six differences are positive: 2 of 64 sign patterns.
    expect(better.p).toBe(2 / 64);
    expect(better.comparison).toMatchObject({ n: 6, exact: true });
    // 8 comparisons, the smallest p of which four share.
    expect(better.pHolm).toBe(8 * (2 / 64));
    expect(better.advice?.verdict).toBe('too few seeds');
    const same = cell('JapaneseVowels,ratio=4,squeeze=max');
    expect(same).toMatchObject({ difference: 0, p: 1, pHolm: 1, pMaxT: 1 });
    expect(cell('BasicMotions,ratio=2,squeeze=average').difference).toBeCloseTo(0.02, 12);
  });

  test('adjusts jointly too, over the seeds that cells of a data set share', () => {
    // Of the 64 patterns only those with all signs alike reach it; Holm multiplies by 8.
    expect(cell('JapaneseVowels,ratio=2,squeeze=average').pMaxT).toBe(2 / 64);
    // Four seeds finished in every cell of BasicMotions.
    expect(cell('BasicMotions,ratio=2,squeeze=average').pMaxT).toBeGreaterThanOrEqual(2 / 16);
  });

  test('says first that nothing could be significant with so few seeds, and how many it takes', () => {
    expect(report.summary[0]).toBe(
      "No comparison with attention=none could be significant at the 5 % level after Holm's correction for 8 comparisons: " +
        'with 6 seeds no p-value is below 0.031, and the correction asks for 0.0063 at first. That takes at least 9 seeds, and about 9, by the spread of these few, to show ' +
        'the largest difference here, +0.02 of ratio=2,squeeze=average on BasicMotions, with 80 % power, if it is real.',
    );
  });

  test('names what is missing and why', () => {
    const cut = cell('BasicMotions,ratio=4,squeeze=max');
    expect(cut).toMatchObject({ n: 4, planned: 6 });
    expect(cut.values.slice(4)).toEqual([null, null]);
    expect(report.trials.filter(({ status }) => status !== 'finished')).toEqual([
      {
        cell: cut.id,
        seed: 5,
        status: 'missing',
        message: 'Not begun yet.',
        directory: `trials/${cut.id}/5`,
        value: null,
      },
      {
        cell: cut.id,
        seed: 6,
        status: 'failed',
        message: 'The loss is not finite.\nIn epoch 2.',
        directory: `trials/${cut.id}/6`,
        value: null,
      },
    ]);
    expect(report.summary.at(-1)).toBe(
      '2 of 60 trials are missing: 1 failed and 1 without a result yet. The most frequent failure (1): The loss is not finite.',
    );
  });

  test('has cost, curve and gates of a cell', () => {
    const { cost, curve, gates } = cell('JapaneseVowels,ratio=2,squeeze=average');
    // Steps take 1/50 to 1/100 s; the median lies between 1/70 and 1/80.
    expect(cost).toEqual({
      parameters: 1500,
      macs: 5000,
      secondsPerStep: (1 / 70 + 1 / 80) / 2,
      trainSeconds: 4,
      peakMemoryBytes: null,
    });
    expect(curve).toEqual([
      { epoch: 1, trainLoss: 1, validationLoss: 0.9, validationAccuracy: 0.5 },
      { epoch: 2, trainLoss: 0.5, validationLoss: 0.6, validationAccuracy: 0.5 },
    ].map(expectNear)); // prettier-ignore
    expect(gates).toMatchObject([
      {
        layer: 'attention1/gate',
        classes: ['1', '2'],
        profile: [
          [0.2, 0.4],
          [0.6, 0.8],
        ],
        seed: 1,
        constant: false,
      },
    ]);
    expect(cell('JapaneseVowels,ratio=2,squeeze=max').gates[0].constant).toBe(true);
    expect(report.summary.join(' ')).toContain(
      '4 of 8 gates hardly vary between recordings (standard deviation below 0.01), a constant scale of channels: of ' +
        'ratio=2,squeeze=max (2) and ratio=4,squeeze=max (2).',
    );
  });

  test('has effects, interactions, Pareto front and ratio of each data set', () => {
    const [vowels, motions] = report.datasets;
    const [ratio, squeeze] = vowels.mainEffects;
    // Means over the baseline: 2 and 0.5 points with ratio 2, 2 and 0 with ratio 4.
    expect('refused' in ratio ? [] : ratio.levels.map(({ mean }) => mean.value)).toEqual([
      expect.closeTo(0.8125, 12),
      expect.closeTo(0.81, 12),
    ]);
    expect('refused' in squeeze ? [] : squeeze.levels.map(({ effect }) => effect.value)).toEqual([
      expect.closeTo(0.00875, 12),
      expect.closeTo(-0.00875, 12),
    ]);
    const [both] = vowels.interactions;
    expect('refused' in both ? [] : both.cells.map(({ effect }) => effect.value)).toEqual(
      [-0.00125, 0.00125, 0.00125, -0.00125].map((value) => expect.closeTo(value, 12) as number),
    );
    expect(vowels.anova).toMatchObject({ balanced: true });
    expect(motions.anova).toMatchObject({ balanced: false });
    expect(vowels.pareto.parameters).toEqual([
      'JapaneseVowels,attention=none',
      'JapaneseVowels,ratio=4,squeeze=average',
    ]);
    const [average] = vowels.ratios;
    expect(average).toMatchObject({
      levels: { 'model.attention.squeeze': 'average' },
      sufficient: { sufficient: 4 },
      // 500 and 250 parameters more with ratios 2 and 4; 80 training recordings for 20 of validation at a fraction of 0.2.
      closedForm: { parameterPrice: expect.closeTo(1 / 80, 12) as number, ratio: null },
    });
    expect(average.sentence).toContain('The customary 16 is outside the ratios that were tried.');
  });

  test('compares methods over data sets', () => {
    const found = report.overDatasets;
    if ('refused' in found) throw new Error(found.refused);
    expect(found.methods).toHaveLength(5);
    expect(found.comparison.smallestP).toBe(0.5);
    expect(found.sentence).toContain(
      'ratio=2,squeeze=average and ratio=4,squeeze=average share the best average rank of 5 methods (1.5)',
    );
    expect(found.sentence).toContain('With 2 data sets');
    expect(found.sentence).toContain('1 mean lacks seeds, by which ranks may differ.');
    expect(found.sentence).toContain('no two methods could be told apart');
  });

  test('is the same whatever the order in which trials were written, byte for byte', async () => {
    const other = join(folder, 'other');
    writeSmallStudy(other, 'backwards');
    const { files } = await writeStudyReport(other, ({ name }) => name);
    expect(files.map((file) => file.slice(other.length))).toEqual([
      '/report.html',
      '/report.json',
      '/report.csv',
    ]);
    for (const file of files) {
      expect(readFileSync(file, 'utf8')).toBe(readFileSync(join(study, file.slice(other.length)), 'utf8'));
    }
  });

  test('comes back from report.json as it was, and a report with a hole does not', () => {
    const text = readFileSync(join(study, 'report.json'), 'utf8');
    expect(parseReport(text, 'report.json')).toEqual(report);
    expect(() => parseReport(text.replace(/"mean": [\d.]+/, '"mean": "a"'), 'report.json')).toThrow(
      /report\.json: this file is damaged: cells\.\d+\.mean: expected a number/,
    );
    expect(() => parseReport(text.slice(0, 900), 'report.json')).toThrow(/report\.json: this is no JSON/);
  });

  test('has a line of CSV for each cell, with a column for each axis', () => {
    const [header, ...lines] = readFileSync(join(study, 'report.csv'), 'utf8').trimEnd().split('\n');
    expect(header).toBe(
      'id,dataset,method,role,model.attention.ratio,model.attention.squeeze,model.attention,n,planned,mean,sd,lower,upper,' +
        'difference,differenceLower,differenceUpper,p,pHolm,pMaxT,verdict,hedgesGz,improvement,parameters,macs,secondsPerStep,' +
        'trainSeconds,peakMemoryBytes',
    );
    expect(lines).toHaveLength(10);
    expect(lines[0]).toMatch(
      /^"JapaneseVowels,ratio=2,squeeze=average",JapaneseVowels,"ratio=2,squeeze=average",grid,2,average,,6,6,/,
    );
  });

  testWithPython('has the p-values of SciPy, corrected over the whole study', async ({ python }) => {
    const compared = report.cells.filter(({ p }) => p !== null);
    const points = compared.map(({ method, n }) => {
      const known = smallMethods.find((one) => one.method === method);
      return known?.differences.slice(0, n) ?? [];
    });
    const expected = (await python(reference, points)) as { p: number[]; holm: number[] };
    compared.forEach(({ p, pHolm }, i) => {
      expect(p).toBeCloseTo(expected.p[i], 12);
      expect(pHolm).toBeCloseTo(expected.holm[i], 12);
    });
  });
});

const reference = `
import numpy as np
from scipy import stats

def p_value(d):
    if not np.any(d):
        return 1.0
    return float(stats.permutation_test((np.array(d),), np.sum, permutation_type='samples', n_resamples=np.inf).pvalue)

def main(points):
    p = np.array([p_value(d) for d in points])
    order = np.argsort(p)
    holm = np.empty(len(p))
    holm[order] = np.minimum(1, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return dict(p=p.tolist(), holm=holm.tolist())
`;

function cell(id: string): CellReport {
  const found = report.cells.find((one) => one.id === id);
  if (found === undefined)
    throw new Error(`no cell ${id}; cells are ${report.cells.map((one) => one.id).join('; ')}`);
  return found;
}

function expectNear(values: Record<string, number>): unknown {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, expect.closeTo(value, 12)]));
}
