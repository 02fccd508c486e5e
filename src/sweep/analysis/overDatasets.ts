// Methods compared over the data sets of a study.
import { counted } from '../../shared/counted.js';
import { listed } from '../../shared/listed.js';
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
  const uneven = cells.filter(
    (cell) => methods.includes(cell.method) && finishedTrials(cell).length < cell.trials.length,
  ).length;
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
      ...(uneven === 0
        ? []
        : [
            `${counted(uneven, 'mean')} ${uneven === 1 ? 'lacks' : 'lack'} seeds, by which ranks may differ.`,
          ]),
    ].join(' '),
  };
}

function rankSentence(
  { methods, datasets, comparison }: Pick<OverDatasets, 'methods' | 'datasets' | 'comparison'>,
  level: number,
): string {
  const { averageRanks, friedman } = comparison;
  const top = Math.min(...averageRanks);
  const first = methods.filter((_, i) => averageRanks[i] - top <= 1e-9);
  const names = first.length > 3 ? counted(first.length, 'method') : listed(first);
  const differ =
    friedman.permutationP <= level
      ? `ranks differ by more than chance at the ${percent(level)} level`
      : `that ranks differ by more than chance is not shown at the ${percent(level)} level`;
  return (
    `Over ${counted(datasets.length, 'data set')}, ${names} ${first.length === 1 ? 'has' : 'share'} the best average rank of ` +
    `${counted(methods.length, 'method')} (${number(top)}); ${differ} ` +
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
    const corrected = pairs.length === 1 ? '' : ` after Holm's correction for ${pairs.length} pairs`;
    return (
      `With ${counted(datasets, 'data set')} Wilcoxon's p cannot be below ${short(smallestP)}, so${corrected} no two ` +
      'methods could be told apart.'
    );
  }
  return `Wilcoxon's test with Holm's correction tells no two methods apart, which does not show that they are alike.`;
}
