import { describe, expect, test } from 'vitest';
import { testWithPython } from '../../../test/support/python.js';
import { uniforms } from '../../../test/support/random.js';
import { anova } from './anova.js';
import { interaction, mainEffect } from './effects.js';
import type { GridCell } from './grid.js';

const axes = ['ratio', 'squeeze', 'gate'];
const options = { seed: 2, resamples: 500 };

/** A full grid 4 × 3 × 2 with five seeds: an effect of the ratio, one of ratio and squeeze together, of seeds, and noise. */
function grid(): GridCell[] {
  const next = uniforms(17);
  const cells: GridCell[] = [];
  ['2', '4', '8', '16'].forEach((ratio, r) => {
    ['average', 'max', 'std'].forEach((squeeze, s) => {
      ['sigmoid', 'tanh'].forEach((gate) => {
        const values = ['1', '2', '3', '4', '5'].map((seed, i): [string, number] => [
          seed,
          0.9 - 0.01 * r + 0.004 * r * s + 0.005 * i + 0.02 * next(),
        ]);
        cells.push({ settings: { ratio, squeeze, gate }, values: new Map(values) });
      });
    });
  });
  return cells;
}

function toRows(cells: readonly GridCell[]) {
  return cells.flatMap(({ settings, values }) =>
    [...values].map(([seed, value]) => [...axes.map((axis) => settings[axis]), seed, value]),
  );
}

/** The grid without a few cells and without a few seeds of others. */
function incomplete(): GridCell[] {
  return grid()
    .filter((_, i) => i !== 3 && i !== 10 && i !== 17)
    .map(({ settings, values }, i) => ({
      settings,
      values: new Map([...values].filter((_, s) => (i * 7 + s) % 11 !== 0)),
    }));
}

const reference = `
import itertools
import numpy as np
from scipy import stats

AXES = ['ratio', 'squeeze', 'gate']

def balanced(rows):
    """Sums of squares from means of the full array [ratio, squeeze, gate, seed]."""
    names = [sorted({row[i] for row in rows}) for i in range(4)]
    x = np.empty([len(n) for n in names])
    for row in rows:
        x[tuple(names[i].index(row[i]) for i in range(4))] = row[4]
    grand = x.mean()
    def marginal(*keep):
        return x.mean(axis=tuple(i for i in range(4) if i not in keep), keepdims=True)
    def ss(effect):
        return float((np.broadcast_to(effect, x.shape) ** 2).sum())
    parts = {}
    for i in range(3):
        parts[AXES[i]] = ss(marginal(i) - grand)
    for i, j in itertools.combinations(range(3), 2):
        parts[AXES[i] + ' ' + AXES[j]] = ss(marginal(i, j) - marginal(i) - marginal(j) + grand)
    cells, blocks, total = ss(marginal(0, 1, 2) - grand), ss(marginal(3) - grand), ss(x - grand)
    residual, df = total - cells - blocks, (x.size // x.shape[3] - 1) * (x.shape[3] - 1)
    p = float(stats.f.sf(parts['ratio'] / 3 / (residual / df), 3, df))
    return dict(terms=parts, higher=cells - sum(parts.values()), blocks=blocks, residual=residual, total=total, p=p)

def columns(rows, *keep):
    names = [' '.join(row[i] for i in keep) for row in rows]
    return [[float(name == level) for name in names] for level in sorted(set(names))]

def rss(rows, *models):
    x = np.array(sum((columns(rows, *model) for model in models), [])).T
    y = np.array([row[4] for row in rows])
    return ((y - x @ np.linalg.lstsq(x, y, rcond=1e-10)[0]) ** 2).sum(), np.linalg.matrix_rank(x, tol=1e-8)

def type_two(rows):
    models = [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)]
    terms = {}
    for term in models:
        rest = [model for model in models if not set(term) <= set(model)]
        (small, small_rank), (large, large_rank) = rss(rows, (3,), *rest), rss(rows, (3,), *rest, term)
        terms[' '.join(AXES[i] for i in term)] = [float(small - large), int(large_rank - small_rank)]
    left, rank = rss(rows, (3,), (0, 1, 2))
    return dict(terms=terms, residual=[float(left), int(len(rows) - rank)])

def main(data):
    return dict(balanced=balanced(data['full']), incomplete=type_two(data['incomplete']))
`;

interface Reference {
  balanced: Record<'higher' | 'blocks' | 'residual' | 'total' | 'p', number> & {
    terms: Record<string, number>;
  };
  incomplete: { terms: Record<string, [number, number]>; residual: [number, number] };
}

describe('anova', () => {
  testWithPython(
    'is the classical one of means in a full grid, and of type II in an incomplete one',
    async ({ python }) => {
      const expected = (await python(reference, {
        full: toRows(grid()),
        incomplete: toRows(incomplete()),
      })) as Reference;
      const full = accepted(anova(grid(), axes));
      expect(full.balanced).toBe(true);
      expect(full.terms.map((term) => term.axes.join(' '))).toEqual(Object.keys(expected.balanced.terms));
      for (const term of full.terms) {
        expect(term.sumOfSquares).toBeCloseTo(expected.balanced.terms[term.axes.join(' ')], 12);
      }
      expect(full.higherOrder.sumOfSquares).toBeCloseTo(expected.balanced.higher, 12);
      expect(full.blocks.sumOfSquares).toBeCloseTo(expected.balanced.blocks, 12);
      expect(full.residual.sumOfSquares).toBeCloseTo(expected.balanced.residual, 12);
      expect(full.total.sumOfSquares).toBeCloseTo(expected.balanced.total, 12);
      expect((full.terms[0].p ?? NaN) / expected.balanced.p).toBeCloseTo(1, 8);
      expect(full.terms.map((term) => term.degreesOfFreedom)).toEqual([3, 2, 1, 6, 3, 2]);
      expect([full.higherOrder, full.blocks, full.residual].map((s) => s.degreesOfFreedom)).toEqual([
        6, 4, 92,
      ]);

      const part = accepted(anova(incomplete(), axes));
      expect(part.balanced).toBe(false);
      for (const term of part.terms) {
        const [sumOfSquares, degreesOfFreedom] = expected.incomplete.terms[term.axes.join(' ')];
        expect(term.sumOfSquares).toBeCloseTo(sumOfSquares, 12);
        expect(term.degreesOfFreedom).toBe(degreesOfFreedom);
      }
      expect(part.residual.sumOfSquares).toBeCloseTo(expected.incomplete.residual[0], 12);
      expect(part.residual.degreesOfFreedom).toBe(expected.incomplete.residual[1]);
    },
  );

  test('shares out all of the variance of a full grid', () => {
    const { terms, higherOrder, blocks, residual, total } = accepted(anova(grid(), axes));
    const rest =
      (higherOrder.sumOfSquares + blocks.sumOfSquares + residual.sumOfSquares) / total.sumOfSquares;
    expect(terms.reduce((share, term) => share + term.etaSquared, rest)).toBeCloseTo(1, 10);
  });

  test('with one seed has shares but nothing to test them against', () => {
    const one = grid().map(({ settings, values }) => ({
      settings,
      values: new Map([...values].slice(0, 1)),
    }));
    const { terms, residual } = accepted(anova(one, axes));
    expect(residual.degreesOfFreedom).toBe(0);
    expect(terms[0]).toMatchObject({ f: null, p: null, partialEtaSquared: null });
    expect(terms[0].etaSquared).toBeGreaterThan(0);
  });

  test('leaves out controls, which lack an axis, and cells without a finished run', () => {
    const control: GridCell = { settings: { squeeze: 'average' }, values: new Map([['1', 0]]) };
    const failed: GridCell = { settings: { ratio: '32', squeeze: 'max', gate: 'tanh' }, values: new Map() };
    expect(anova([...grid(), control, failed], axes)).toEqual(anova(grid(), axes));
  });

  test('refuses, with a reason, what does not vary', () => {
    const same = grid().map(({ settings, values }) => ({
      settings,
      values: new Map([...values.keys()].map((seed) => [seed, 0.1])),
    }));
    expect(anova(same, axes)).toEqual({ refused: 'All runs have the same value.' });
    expect(anova(grid().slice(0, 1), axes)).toEqual({ refused: 'No axis has two levels.' });
    expect(() => anova([...grid(), ...grid()], axes)).toThrow('ratio=2, squeeze=average, gate=sigmoid');
  });
});

/** `base + effect of the row`, and 1 more in the last corner; two seeds that differ by 10. */
function table(rows: readonly string[], columns: readonly string[]): GridCell[] {
  return rows.flatMap((row, i) =>
    columns.map((column, j) => {
      const value = 4 * i + (i === rows.length - 1 && j === columns.length - 1 ? 1 : 0);
      return { settings: { row, column }, values: new Map([['1', value], ['2', value + 10]]) }; // prettier-ignore
    }),
  );
}

describe('mainEffect', () => {
  test('compares levels seed by seed, so that differences between seeds add no uncertainty', () => {
    const effect = accepted(mainEffect(table(['a', 'b'], ['x', 'y']), ['row', 'column'], 'row', options));
    expect(effect).toMatchObject({ contexts: 2, cellsLeftOut: 0, seeds: 2 });
    expect(effect.levels.map(({ level, mean, effect: change }) => [level, mean.value, change.value])).toEqual(
      [
        ['a', 5, -2.25],
        ['b', 9.5, 2.25],
      ],
    );
    expect(effect.levels[1].effect.interval).toEqual({ level: 0.95, lower: 2.25, upper: 2.25 });
    expect(effect.levels[1].mean.interval).toMatchObject({ lower: 4.5, upper: 14.5 });
  });

  test('is not misled by a missing cell: only settings that all levels share count', () => {
    const cells = table(['a', 'b'], ['x', 'y']).filter(
      ({ settings }) => !(settings.row === 'a' && settings.column === 'y'),
    );
    const effect = accepted(mainEffect(cells, ['row', 'column'], 'row', options));
    expect(effect).toMatchObject({ contexts: 1, cellsLeftOut: 1 });
    expect(effect.levels.map(({ effect: change }) => change.value)).toEqual([-2, 2]);
  });

  test('refuses where no setting has all levels, or no seed finished everywhere', () => {
    const diagonal = table(['a', 'b'], ['x', 'y']).filter(
      ({ settings }) => (settings.row === 'a') === (settings.column === 'x'),
    );
    expect(mainEffect(diagonal, ['row', 'column'], 'row', options)).toEqual({
      refused: 'No setting of the other axes has cells with all levels of row.',
    });
    const apart = table(['a', 'b'], ['x']).map(({ settings, values }, i) => ({
      settings,
      values: new Map([...values].slice(i, i + 1)),
    }));
    expect(mainEffect(apart, ['row', 'column'], 'row', options)).toEqual({
      refused: 'No seed finished in every cell with all levels of row.',
    });
  });
});

describe('interaction', () => {
  test('is what the main effects leave over', () => {
    const { cells } = accepted(
      interaction(table(['a', 'b'], ['x', 'y']), ['row', 'column'], ['row', 'column'], options),
    );
    expect(cells.map(({ levels, effect }) => [...levels, effect.value])).toEqual([
      ['a', 'x', 0.25],
      ['a', 'y', -0.25],
      ['b', 'x', -0.25],
      ['b', 'y', 0.25],
    ]);
  });
});

function accepted<T extends object>(result: T | { readonly refused: string }): T {
  if ('refused' in result) throw new Error(result.refused);
  return result;
}

test('an axis of which only one level is in the grid, as a conditional axis leaves it, is said to be so', () => {
  const cells: GridCell[] = [
    { settings: { attention: 'se', ratio: '2' }, values: new Map([['1', 1]]) },
    { settings: { attention: 'se', ratio: '4' }, values: new Map([['1', 2]]) },
    { settings: { attention: 'eca' }, values: new Map([['1', 3]]) },
  ];
  expect(mainEffect(cells, ['attention', 'ratio'], 'attention', options)).toEqual({
    refused:
      'Of axis attention only se is in cells that have a level on every axis. Cells without one, as a conditional axis leaves them, ' +
      'stand outside.',
  });
});
