// Methods compared over data sets: average ranks, tests, critical-difference diagrams.
import type { StudyReport } from '../sweep/analysis/studyReport.js';
import { isNumber, number, pText, pValue, short } from './format.js';
import { markup, nothing, type Markup } from './markup.js';
import { criticalDifferenceDiagram } from './plots/criticalDifference.js';
import { table, type Column } from './table.js';

/** Nothing where the study has one data set. */
export function overDatasetsSection({ overDatasets, design }: StudyReport): Markup {
  if ('refused' in overDatasets) {
    if (design.datasets.length < 2) return nothing;
    return markup`<section id="over-datasets"><h2>Over data sets</h2><p class="quiet">${overDatasets.refused}</p></section>`;
  }
  const { methods, datasets, scores, comparison, sentence } = overDatasets;
  const { averageRanks, friedman, pairs, criticalDifference, groups, smallestP } = comparison;
  const diagram = { methods, averageRanks };
  return markup`<section id="over-datasets"><h2>Over data sets</h2><p>${sentence}</p>
${criticalDifferenceDiagram({
  ...diagram,
  title: 'Average ranks; bars join what Wilcoxon’s test does not tell apart',
  groups: groups.wilcoxon,
  criticalDifference: null,
  note: `Signed-rank tests over ${datasets.length} data sets, corrected by Holm; no p-value of a pair can be below ${pValue(smallestP)}. Rank 1 is best.`,
})}
${criticalDifferenceDiagram({
  ...diagram,
  title: 'Critical-difference diagram; bars join what Nemenyi’s test does not tell apart',
  groups: groups.nemenyi,
  criticalDifference,
  note: 'After Demšar 2006. Nemenyi’s test depends on which other methods take part, and is approximate with few data sets.',
})}
<p>Friedman’s test: χ² = ${short(friedman.chiSquare)}, ${pText(friedman.chiSquareP)}; Iman and Davenport’s F = ${short(friedman.f)}, ${pText(friedman.fP)}; by permutation ${pText(friedman.permutationP)}.</p>
${table(
  `Mean ${design.metric} by data set`,
  [
    { header: 'Method', value: (i: number) => methods[i] },
    {
      header: 'Average rank',
      value: (i: number) => averageRanks[i],
      show: (i: number) => short(averageRanks[i]),
    },
    ...datasets.map((dataset, row): Column<number> => ({
      header: dataset,
      value: (i) => scores[row][i],
      show: (i) => number(scores[row][i]),
    })),
  ],
  methods.map((_, i) => i).sort((i, j) => averageRanks[i] - averageRanks[j] || i - j),
  (i) => methods[i] === design.baseline,
)}
<details class="more"><summary>All ${pairs.length} pairs of methods</summary>
${table(
  'Pairs of methods: Wilcoxon’s signed-rank test',
  [
    { header: 'First', value: ({ first }) => methods[first] },
    { header: 'Second', value: ({ second }) => methods[second] },
    { header: 'p', value: ({ p }) => p, show: ({ p }) => pValue(p) },
    {
      header: 'p (Holm)',
      value: ({ pHolm }) => pHolm,
      show: ({ pHolm }) =>
        isNumber(pHolm) && pHolm <= design.level ? markup`<b>${pValue(pHolm)}</b>` : pValue(pHolm),
    },
  ],
  pairs,
)}</details></section>`;
}
