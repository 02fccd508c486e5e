// The statistics of ablation studies: pure functions of the values that runs leave, seeded where they draw random numbers.
export { anova, type Anova, type AnovaTerm, type SumOfSquares } from './anova.js';
export { type BootstrapOptions, type Interval } from './bootstrap.js';
export {
  closedFormRatio,
  fitClosedFormRatio,
  fitCurvature,
  type ClosedFormOptions,
  type ClosedFormRatio,
  type CurvatureFit,
} from './closedFormRatio.js';
export {
  interaction,
  mainEffect,
  type Estimate,
  type Interaction,
  type MainEffect,
  type Support,
} from './effects.js';
export { type EffectSize } from './effectSize.js';
export { type FriedmanTest } from './friedman.js';
export { type GridCell, type Refusal } from './grid.js';
export { holm } from './holm.js';
export { maxT, type JointDifferences } from './maxT.js';
export { type ProbabilityOfImprovement } from './improvement.js';
export {
  compareOverDatasets,
  type DatasetComparison,
  type DatasetComparisonOptions,
  type MethodPair,
} from './overDatasets.js';
export {
  comparePaired,
  pairBySeed,
  type ComparisonOptions,
  type PairedComparison,
  type Pairs,
} from './paired.js';
export { paretoFront, type CostedPoint } from './pareto.js';
export { seedsNeeded, type PowerOptions } from './power.js';
export { adviseSeeds, type AdviceOptions, type SeedAdvice, type Verdict } from './seedAdvice.js';
export { fewestSeeds, smallestSignFlipP } from './signFlip.js';
export {
  sufficientRatio,
  type RatioOptions,
  type RatioPoint,
  type SufficientRatio,
} from './sufficientRatio.js';
export { summarize, type CellSummary } from './summary.js';
