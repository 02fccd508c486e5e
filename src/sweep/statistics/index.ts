// The statistics of ablation studies: pure functions of the values that runs leave, seeded where they draw random numbers.
export { anova, type Anova } from './anova.js';
export { type BootstrapOptions, type Interval } from './bootstrap.js';
export { fitClosedFormRatio, type ClosedFormRatio } from './closedFormRatio.js';
export { interaction, mainEffect, type Interaction, type MainEffect } from './effects.js';
export { type GridCell, type Refusal } from './grid.js';
export { holm } from './holm.js';
export { maxT } from './maxT.js';
export { compareOverDatasets, type DatasetComparison } from './overDatasets.js';
export { comparePaired, pairBySeed, type PairedComparison, type Pairs } from './paired.js';
export { paretoFront } from './pareto.js';
export { adviseSeeds, type SeedAdvice, type Verdict } from './seedAdvice.js';
export { fewestSeeds, smallestSignFlipP } from './signFlip.js';
export { sufficientRatio, type SufficientRatio } from './sufficientRatio.js';
export { summarize } from './summary.js';
