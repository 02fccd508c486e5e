// Methods compared over the data sets of a study.
import { counted } from '../../shared/counted.js';
import { compareOverDatasets, type Refusal } from '../statistics/index.js';
import { mean } from '../statistics/moments.js';
import { percent, short } from '../statistics/words.js';
import { analysisSeed } from './comparisons.js';
import { finishedTrials, type StudyResults } from './results.js';
import type { OverDatasets } from './studyReport.js';
import { number, pValue } from './words.js';

/** Methods with a finished trial on every data set; others stand aside, and the sentence says so. */
export function overDatasets({ cells, datasets, compare }: StudyResults): OverDatasets | Refusal {
  if (datasets.length < 2) {
    return { refused: 'The study has one data set; methods are compared over two or more.' };
  }
  const all = [...new Set(cells.map(({ method }) => method))];
  const scoreOf = (method: string, dataset: string) => {
    const cell = cells.find((one) => one.method === method && one.dataset === dataset);
    const values = cell === undefined ? [] : finishedTrials(cell).map(({ run }) => run.value);
    return values.length === 0 ? null : mean(values);
  };
  const rows = all.map((method) => ({ method, scores: datasets.map((dataset) => scoreOf(method, dataset)) }));
  const complete = rows.flatMap(({ method, scores }) => {
    const known = scores.filter((score) => score !== null);
    return known.length === scores.length ? [{ method, scores: known }] : [];
  });
  if (complete.length < 2) {
    const found = complete.length === 0 ? 'none' : 'one';
    return {
      refused: `Of ${counted(all.length, 'method')} ${found} has results on all data sets; comparing takes two.`,
    };
  }
  const methods = complete.map(({ method }) => method);
  const scores = datasets.map((_, i) => complete.map((row) => row.scores[i]));
  const { better, level } = compare;
  const comparison = compareOverDatasets(scores, { seed: analysisSeed, better, level });
  const leftOut = all.length - methods.length;
  return {
    methods,
    datasets,
    scores,
    comparison,
    sentence: [
      rankSentence({ methods, datasets, comparison }, level),
      pairSentence(comparison, datasets.length, level),
      ...(leftOut === 0
        ? []
        : [`Left out without results on every data set: ${counted(leftOut, 'method')}.`]),
    ].join(' '),
  };
}

function rankSentence(
  { methods, datasets, comparison }: Pick<OverDatasets, 'methods' | 'datasets' | 'comparison'>,
  level: number,
): string {
  const { averageRanks, friedman } = comparison;
  const first = averageRanks.indexOf(Math.min(...averageRanks));
  const differ =
    friedman.permutationP <= level
      ? `ranks differ by more than chance at the ${percent(level)} level`
      : `that ranks differ by more than chance is not shown at the ${percent(level)} level`;
  return (
    `Over ${counted(datasets.length, 'data set')}, ${methods[first]} has the best average rank of ` +
    `${counted(methods.length, 'method')} (${number(averageRanks[first])}); ${differ} ` +
    `(Friedman, ${pValue(friedman.permutationP)} by permutation).`
  );
}

function pairSentence(
  { pairs, smallestP }: OverDatasets['comparison'],
  datasets: number,
  level: number,
): string {
  const significant = pairs.filter(({ pHolm }) => pHolm <= level).length;
  if (significant > 0) {
    return `Wilcoxon's test with Holm's correction tells ${significant} of ${counted(pairs.length, 'pair')} of methods apart.`;
  }
  if (Math.min(1, smallestP * pairs.length) > level) {
    return (
      `With ${counted(datasets, 'data set')} Wilcoxon's p cannot be below ${short(smallestP)}, so after Holm's ` +
      `correction for ${counted(pairs.length, 'pair')} no two methods could be told apart.`
    );
  }
  return `Wilcoxon's test with Holm's correction tells no two methods apart, which does not show that they are alike.`;
}
