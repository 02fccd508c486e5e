// The methods paragraph of a report: design and statistics as a paper would state them.
import { counted } from '../../shared/counted.js';
import { listed } from '../../shared/listed.js';
import { percent, seedCount } from '../statistics/words.js';
import type { StudyReport } from './studyReport.js';

type Analysed = Omit<StudyReport, 'summary' | 'methods' | 'masq'>;

export function methodsParagraph(report: Analysed): string {
  return [
    ...designSentences(report),
    ...statistics(report),
    ...comparisons(report),
    ...axes(report),
    ...overDatasets(report),
    ...ratios(report),
    'Cost is the number of trainable parameters, multiply-accumulates of one recording as long as the longest, and the median ' +
      'over trials of the measured time of a training step.',
  ].join(' ');
}

function designSentences({ design, cells, trials }: Analysed): string[] {
  const { kind, axes: levels, datasets, seeds, repeat, halving } = design;
  const named = Object.entries(levels).map(([axis, values]) => `${axis} (${values.join(', ')})`);
  const varied = named.length === 0 ? 'no axis' : listed(named);
  const where = datasets.length === 0 ? '' : ` on ${listed(datasets)}`;
  const controls = new Set(cells.filter(({ isControl }) => isControl).map(({ method }) => method)).size;
  const beside = controls === 0 ? '' : `, with ${counted(controls, 'control')}`;
  const size = `${counted(cells.length, 'cell')}, ${counted(trials.length, 'trial')}`;
  const opening = {
    grid: `All combinations of ${varied} were trained${where}${beside} (${size}).`,
    random: `Cells drawn at random from the combinations of ${varied} were trained${where}${beside} (${size}).`,
    'one-at-a-time': `One axis at a time was varied from the base config, over ${varied}${where}${beside} (${size}).`,
    runs: `Runs that had been trained before were grouped into cells by what differs in their configs: ${varied}${where} (${size}).`,
  }[kind];
  const paired =
    `Each cell was trained with ${kind === 'runs' ? 'up to ' : ''}${seedCount(seeds.length)} (${seeds.join(', ')}); the same seed ` +
    'gives the same validation split, order of recordings and, where shapes agree, initial weights in every cell that does not ' +
    'itself change what these depend on, so that cells are compared in pairs.';
  const test =
    'The epoch that was tested was chosen without test data, by validation or, without it, by the training loss.';
  const sentences = [opening, paired, ...replicates(repeat), test];
  if (halving === null) return sentences;
  const { firstEpoch, factor } = halving;
  return [
    ...sentences,
    `Successive halving (Jamieson and Talwalkar 2016) from epoch ${String(firstEpoch)} by a factor of ${String(factor)} ended ` +
      'trials early; this favours cells that learn fast, and every comparison below is conditional on it.',
  ];
}

/** What counts along with the seeds, and what the tests then take for granted. */
function replicates(repeat: string | null): string[] {
  if (repeat === null) return [];
  const shared = {
    'data.resample':
      'training data are drawn anew, class by class, from training and test data together, and overlap',
    'data.test.fold': 'each recording is tested once, and training data of any two folds overlap',
    'data.test.leaveGroupOut': 'each group is tested once, and training data of any two replicates overlap',
  };
  const what = Object.entries(shared).find(([key]) => key === repeat)?.[1] ?? 'training data overlap';
  return [
    `Along with the seeds ${repeat} counts from 0, the same in all cells, so that ${what}. Replicates that share training data are ` +
      'not independent, as the intervals and p-values over them take them to be: for a claim about further data of the kind both are ' +
      'too optimistic, and no unbiased estimate of the variance exists for folds (Nadeau and Bengio 2003; Bengio and Grandvalet 2004).',
  ];
}

function statistics({ design: { metric, level } }: Analysed): string[] {
  return [
    `Of ${metric} the mean and the sample standard deviation over seeds are given, with bias-corrected and accelerated bootstrap ` +
      `intervals of level ${percent(1 - level)} (Efron 1987; 10,000 resamples), which are too narrow with few seeds: a nominal 95 % ` +
      'covers about 71 % with three, 83 % with five and 90 % with ten.',
  ];
}

function comparisons({ design, cells }: Analysed): string[] {
  const family = cells.filter(({ comparison }) => comparison !== null).length;
  if (design.baseline === null || family === 0) return [];
  return [
    `Each cell was compared with ${design.baseline} on the same data set by the mean paired difference over seeds, with a bootstrap ` +
      `interval, Hedges' g_z (Lakens 2013), the probability of improvement (Agarwal et al. 2021) and a two-sided sign-flip test (Fisher ` +
      `1935; exact up to 32 seeds). The ${counted(family, 'comparison')} of the study ${family === 1 ? 'is' : 'are'} one family: p-values were ` +
      `corrected by Holm (1979), and a difference is called significant at ${percent(design.level)} by these alone. Beside them stand step-down ` +
      'max-T p-values (Westfall and Young 1993) from joint sign flips of the seeds that the cells of a data set share. Seeds needed were ' +
      "counted for a power of 80 % at Holm's strictest step.",
  ];
}

function axes({ design }: Analysed): string[] {
  if (Object.values(design.axes).every((levels) => levels.length < 2)) return [];
  return [
    'Main effects and interactions of axes are means over the settings of the other axes that all levels share, with bootstrap intervals ' +
      'over seeds; the analysis of variance takes seeds as blocks, noise as normal and alike in all cells and, in incomplete grids, sums ' +
      'of squares of type II. Neither these intervals nor the p-values of F are corrected for their number.',
  ];
}

function overDatasets({ overDatasets: found }: Analysed): string[] {
  if ('refused' in found) return [];
  return [
    `Over ${counted(found.datasets.length, 'data set')}, methods were compared by average ranks, Friedman's test with permutation ` +
      "p-value, Wilcoxon's signed-rank test of all pairs with Holm's correction, and Nemenyi's critical difference (Demšar 2006; Benavoli " +
      'et al. 2016). These tests take data sets as independent, which variants of one data set are not.',
  ];
}

function ratios({ datasets }: Analysed): string[] {
  if (datasets.every(({ ratios: found }) => found.length === 0)) return [];
  return [
    'The sufficient reduction ratio is the largest whose mean is within one paired standard error of the best (Breiman et al. 1984), with ' +
      'a percentile bootstrap interval over seeds. The closed form r* = (2λC²/κ)^(1/3) minimises ½κr² + λ·2C²/r: κ was fitted by least ' +
      "squares to validation losses with a level for each seed, 2C² is the slope of the parameters against 1/r, and λ is Akaike's " +
      'price of 1/N a parameter for N training recordings, a choice that no data tell.',
  ];
}
