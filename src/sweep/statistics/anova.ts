// Analysis of variance of a grid: how much of the variance each axis and each pair of axes accounts for.
import { pairsOf } from '../../shared/pairsOf.js';
import { fUpperTail } from './distributions.js';
import { cellsOfGrid, levelsOf, nameOf, type GridCell, type Refusal } from './grid.js';
import { leastSquares, type LeastSquaresFit } from './leastSquares.js';
import { mean } from './moments.js';

export interface SumOfSquares {
  readonly sumOfSquares: number;
  readonly degreesOfFreedom: number;
}

export interface AnovaTerm extends SumOfSquares {
  /** One axis, or two for their interaction. */
  readonly axes: readonly string[];
  /** η², the share of the total sum of squares. */
  readonly etaSquared: number;
  /** Partial η², `SS / (SS + SS_residual)`; null without a residual to compare with. */
  readonly partialEtaSquared: number | null;
  /** Null without a residual, or without degrees of freedom for the term. */
  readonly f: number | null;
  readonly p: number | null;
}

export interface Anova {
  /** Every cell of the full grid with every seed: then the shares of terms, blocks and rest add up to 1. */
  readonly balanced: boolean;
  /** Axes in their order, then pairs. */
  readonly terms: readonly AnovaTerm[];
  /** What differs between cells beyond axes and pairs: interactions of three and more axes. */
  readonly higherOrder: SumOfSquares;
  /** Between seeds. */
  readonly blocks: SumOfSquares;
  /** Seed by cell: the noise that terms are tested against. */
  readonly residual: SumOfSquares;
  readonly total: SumOfSquares;
}

/**
 * Analysis of variance of a randomized block design: runs are cells × seeds, seeds are blocks. In a full grid the sums of
 * squares are the classical ones. In an incomplete one they are of type II: a term is what it adds to the blocks and to all
 * terms that do not contain it, and shares do not add up to 1. The residual is what is left after blocks and cells. The F
 * tests take the noise as normal and alike in all cells.
 *
 * @param axes all axes of the grid; cells without a level on one of them are left out
 * @throws RangeError when two cells have the same levels, or a value is not finite
 */
export function anova(cells: readonly GridCell[], axes: readonly string[]): Anova | Refusal {
  const inside = cellsOfGrid(cells, axes);
  const varied = axes.filter((axis) => levelsOf(inside, axis).length > 1);
  if (varied.length === 0) return { refused: 'No axis has two levels.' };
  const runs = inside.flatMap((cell) => [...cell.values].map(([seed, value]) => ({ cell, seed, value })));
  const center = mean(runs.map(({ value }) => value));
  const y = runs.map(({ value }) => value - center);
  const indicators = (levelOf: (run: (typeof runs)[number]) => string) => {
    const names = runs.map(levelOf);
    return [...new Set(names)].map((level) => Float64Array.from(names, (name) => (name === level ? 1 : 0)));
  };
  const constant = [new Float64Array(runs.length).fill(1)];
  const blocks = [...constant, ...indicators(({ seed }) => seed)];
  const factors = [...varied.map((axis) => [axis]), ...pairsOf(varied)].map((of) => ({
    axes: of,
    columns: indicators(({ cell }) => nameOf(cell.settings, of)),
  }));
  const fit = (terms: readonly (typeof factors)[number][]) =>
    leastSquares([...blocks, ...terms.flatMap(({ columns }) => columns)], y);

  const onlyConstant = leastSquares(constant, y);
  const total = onlyConstant.residualSumOfSquares;
  const largest = Math.max(...runs.map(({ value }) => Math.abs(value)));
  if (total <= runs.length * (1e-10 * largest) ** 2) return { refused: 'All runs have the same value.' };
  const onlyBlocks = leastSquares(blocks, y);
  const allCells = leastSquares([...blocks, ...indicators(({ cell }) => nameOf(cell.settings, axes))], y);
  const residual: SumOfSquares = {
    sumOfSquares: clean(allCells.residualSumOfSquares, total),
    degreesOfFreedom: runs.length - allCells.rank,
  };
  return {
    balanced: isBalanced(inside, varied),
    terms: factors.map((factor) => {
      const rest = fit(factors.filter((other) => !contains(other.axes, factor.axes)));
      const whole = fit(factors.filter((other) => other === factor || !contains(other.axes, factor.axes)));
      return { axes: factor.axes, ...testTerm(between(rest, whole, total), residual, total) };
    }),
    higherOrder: between(fit(factors), allCells, total),
    blocks: between(onlyConstant, onlyBlocks, total),
    residual,
    total: { sumOfSquares: total, degreesOfFreedom: runs.length - 1 },
  };
}

function testTerm(term: SumOfSquares, residual: SumOfSquares, total: number): Omit<AnovaTerm, 'axes'> {
  const { sumOfSquares, degreesOfFreedom } = term;
  const testable = degreesOfFreedom > 0 && residual.degreesOfFreedom > 0 && residual.sumOfSquares > 0;
  const f = testable
    ? sumOfSquares / degreesOfFreedom / (residual.sumOfSquares / residual.degreesOfFreedom)
    : null;
  return {
    sumOfSquares,
    degreesOfFreedom,
    etaSquared: sumOfSquares / total,
    partialEtaSquared: testable ? sumOfSquares / (sumOfSquares + residual.sumOfSquares) : null,
    f,
    p: f === null ? null : fUpperTail(f, degreesOfFreedom, residual.degreesOfFreedom),
  };
}

/** What a larger model explains beyond a smaller one. */
function between(smaller: LeastSquaresFit, larger: LeastSquaresFit, total: number): SumOfSquares {
  const gained = smaller.residualSumOfSquares - larger.residualSumOfSquares;
  return { sumOfSquares: clean(gained, total), degreesOfFreedom: larger.rank - smaller.rank };
}

/** Rounding leaves a little where there is nothing. */
function clean(sumOfSquares: number, total: number): number {
  return sumOfSquares <= 1e-12 * total ? 0 : sumOfSquares;
}

function contains(outer: readonly string[], inner: readonly string[]): boolean {
  return inner.every((axis) => outer.includes(axis));
}

function isBalanced(cells: readonly GridCell[], axes: readonly string[]): boolean {
  const full = axes.reduce((product, axis) => product * levelsOf(cells, axis).length, 1);
  const seeds = new Set(cells.flatMap(({ values }) => [...values.keys()]));
  return cells.length === full && cells.every(({ values }) => values.size === seeds.size);
}
