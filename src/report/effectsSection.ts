// What the axes of a study do: main effects, interactions and the analysis of variance.
import { counted } from '../shared/counted.js';
import type { DatasetReport, Design } from '../sweep/analysis/studyReport.js';
import type { Anova, Interaction, MainEffect, Refusal } from '../sweep/statistics/index.js';
import { isNumber, number, percent, pValue, range, short, signed, significant } from './format.js';
import { markup, nothing, type Content, type Markup } from './markup.js';
import { domainOf, intervalPlot } from './plots/intervals.js';
import { extent } from './plots/scale.js';
import { table } from './table.js';

type Names = ReadonlyMap<string, string>;

/** @param names short names of the axes */
export function effectsSection(
  { mainEffects, interactions, anova }: DatasetReport,
  { metric, level }: Design,
  names: Names,
): Markup {
  if (mainEffects.length === 0) return nothing;
  const nameOf = (axis: string) => names.get(axis) ?? axis;
  const estimated = mainEffects.filter((each): each is MainEffect => !('refused' in each));
  const domain = extent(
    estimated.flatMap(({ levels }) => domainOf(levels.map(({ effect }) => effect)) ?? []),
  );
  const refused = [...mainEffects, ...interactions].filter((each) => 'refused' in each);
  return markup`<h3>Effects of the axes</h3>
${
  estimated.length > 0 &&
  markup`<p>The mean of a level minus the mean over all levels, averaged over the other axes. Filled: the interval, not corrected for their number, excludes 0.</p>
<div class="plots">${estimated.map((effect) =>
    intervalPlot({
      title: nameOf(effect.axis),
      description: `Effects on ${metric}: ${effect.levels.map(({ level, effect }) => `${level} ${signed(effect.value)}`).join(', ')}.`,
      rows: effect.levels.map(({ level, effect }) => ({
        label: level,
        ...effect,
        filled: excludesZero(effect.interval),
        text: signed(effect.value),
      })),
      domain,
      axis: `effect on ${metric}`,
      note: supportOf(effect),
    }),
  )}</div>`
}
${refused.map((each) => markup`<p class="quiet">${'axis' in each ? nameOf(each.axis) : each.axes.map(nameOf).join(' × ')}: ${each.refused}</p>`)}
${anovaPart(anova, level, nameOf)}
${interactions.map((each) => !('refused' in each) && interactionPart(each, nameOf))}`;
}

function anovaPart(anova: Anova | Refusal, level: number, nameOf: (axis: string) => string): Content {
  if ('refused' in anova) return markup`<p class="quiet">No analysis of variance: ${anova.refused}</p>`;
  const share = (sumOfSquares: number) => sumOfSquares / anova.total.sumOfSquares;
  const untested = { partialEtaSquared: null, f: null, p: null };
  const rows = [
    ...anova.terms.map((term) => ({ ...term, name: term.axes.map(nameOf).join(' × ') })),
    ...[
      { name: 'higher order', ...anova.higherOrder },
      { name: 'seeds (blocks)', ...anova.blocks },
      { name: 'residual', ...anova.residual },
    ].map((row) => ({ ...row, ...untested, etaSquared: share(row.sumOfSquares) })),
  ];
  return markup`${table(
    'Analysis of variance: p-values are not corrected for their number',
    [
      { header: 'Source', value: ({ name }) => name },
      {
        header: 'Sum of squares',
        value: ({ sumOfSquares }) => sumOfSquares,
        show: ({ sumOfSquares }) => significant(sumOfSquares),
      },
      { header: 'df', hint: 'degrees of freedom', value: ({ degreesOfFreedom }) => degreesOfFreedom },
      {
        header: 'η²',
        hint: 'share of the total sum of squares',
        value: ({ etaSquared }) => etaSquared,
        show: ({ etaSquared }) => percent(etaSquared),
      },
      {
        header: 'partial η²',
        value: ({ partialEtaSquared }) => partialEtaSquared,
        show: ({ partialEtaSquared }) => percent(partialEtaSquared),
      },
      { header: 'F', value: ({ f }) => f, show: ({ f }) => short(f) },
      {
        header: 'p',
        value: ({ p }) => p,
        show: ({ p }) => (isNumber(p) && p <= level ? markup`<b>${pValue(p)}</b>` : pValue(p)),
      },
    ],
    rows,
  )}${
    !anova.balanced &&
    markup`<p class="quiet">The grid has gaps: sums of squares are of type II, and their shares do not add up to 1.</p>`
  }`;
}

function interactionPart(interaction: Interaction, nameOf: (axis: string) => string): Markup {
  const [first, second] = interaction.axes.map(nameOf);
  return markup`<details class="more"><summary>Interaction of ${first} and ${second}</summary>
<p>What the two main effects do not account for. ${supportOf(interaction)}</p>
${table(
  `Interaction of ${first} and ${second}`,
  [
    { header: first, value: ({ levels }) => levels[0] },
    { header: second, value: ({ levels }) => levels[1] },
    { header: 'Mean', value: ({ mean }) => mean.value, show: ({ mean }) => number(mean.value) },
    {
      header: 'Interaction',
      value: ({ effect }) => effect.value,
      show: ({ effect }) => signed(effect.value),
    },
    {
      header: 'Interval',
      value: ({ effect }) => effect.interval?.lower ?? null,
      show: ({ effect }) => range(effect.interval, signed),
    },
  ],
  interaction.cells,
)}</details>`;
}

function supportOf({ contexts, cellsLeftOut, seeds }: MainEffect | Interaction): string {
  const left =
    cellsLeftOut > 0 ? `; ${counted(cellsLeftOut, 'cell')} left out, which had no counterpart` : '';
  return `Over ${counted(contexts, 'setting')} of the other axes and ${counted(seeds, 'seed')}${left}.`;
}

function excludesZero(interval: MainEffect['levels'][number]['effect']['interval']): boolean {
  return interval !== null && (interval.lower > 0 || interval.upper < 0);
}
