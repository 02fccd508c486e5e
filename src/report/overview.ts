// The top of a report: what was found in words, what is missing, how the study was designed.
import { counted } from '../shared/counted.js';
import { listed } from '../shared/listed.js';
import type { StudyReport, TrialReport } from '../sweep/analysis/studyReport.js';
import { absent, count, seedRanges, shorten, significant } from './format.js';
import { markup, nothing, type Content, type Markup } from './markup.js';
import { table } from './table.js';

const designs = {
  grid: 'Full grid',
  random: 'Random cells of a grid',
  'one-at-a-time': 'One axis at a time',
  runs: 'Runs, compared as they are',
} as const;

/** Name and size of the study. */
export function pageHeader({ name, design, cells, trials }: StudyReport): Markup {
  const finished = trials.filter(({ status }) => status === 'finished').length;
  const facts = [
    counted(cells.length, 'cell'),
    design.datasets.length > 0 && counted(design.datasets.length, 'data set'),
    counted(design.seeds.length, 'seed'),
    finished === trials.length
      ? counted(finished, 'trial')
      : `${count(finished)} of ${counted(trials.length, 'trial')} finished`,
  ].filter((fact) => fact !== false);
  return markup`<header><p class="kicker">${design.kind === 'runs' ? 'Comparison of runs' : 'Ablation study'}</p><h1>${name}</h1><p class="facts">${facts.map((fact) => markup`<span>${fact}</span>`)}</p></header>`;
}

/** The sentences of the report, and what a reader has to know before believing them. */
export function summarySection({ summary, design, trials }: StudyReport): Markup {
  const unfinished = trials.filter(({ status }) => status !== 'finished').length;
  return markup`<section id="summary"><h2>Summary</h2>
${summary.length === 0 && markup`<p class="lead">Nothing has been found yet.</p>`}${summary.map(
    (sentence, i) => markup`<p${i === 0 && markup` class="lead"`}>${sentence}</p>`,
  )}
${
  design.halving !== null &&
  markup`<p class="callout"><b>Successive halving was used</b> (${settings(design.halving)}). Cells that begin slowly were ended early, which biases what the study says of them.</p>`
}${
    unfinished > 0 &&
    markup`<p class="callout"><b>${counted(unfinished, 'trial')} of ${count(trials.length)} did not finish.</b> <a href="#missing">What is missing</a></p>`
  }</section>`;
}

/** Trials that did not finish, those of a cell that have the same reason together; nothing where all did. */
export function missingSection({ trials }: StudyReport): Markup {
  const unfinished = trials.filter(({ status }) => status !== 'finished');
  if (unfinished.length === 0) return nothing;
  const groups = new Map<string, TrialReport[]>();
  for (const trial of unfinished) {
    const key = JSON.stringify([trial.cell, trial.status, trial.message]);
    groups.set(key, [...(groups.get(key) ?? []), trial]);
  }
  const of = (status: TrialReport['status']) => unfinished.filter((trial) => trial.status === status).length;
  const counts = [
    of('failed') > 0 && `${count(of('failed'))} failed`,
    of('halved') > 0 && `${count(of('halved'))} ended early by successive halving`,
    of('missing') > 0 && `${count(of('missing'))} did not run to the end`,
  ].filter((text) => text !== false);
  const rows = [...groups.values()];
  return markup`<section id="missing"><h2>What is missing</h2>
<p>Of ${counted(trials.length, 'trial')} ${listed(counts)}. Cells are compared over the seeds that both finished.</p>
${table(
  'Trials that did not finish',
  [
    { header: 'Cell', value: ([trial]) => trial.cell },
    { header: 'Status', value: ([trial]) => trial.status },
    { header: 'Trials', value: (group) => group.length },
    { header: 'Seeds', value: (group) => seedRanges(group.map(({ seed }) => seed)) },
    {
      header: 'Message',
      value: ([trial]) => trial.message,
      show: ([{ message }]) => (message === null ? absent : markup`<span class="message">${message}</span>`),
    },
  ],
  rows,
)}</section>`;
}

/** The methods paragraph, and the design as a list of facts. */
export function designSection({ design, methods }: StudyReport): Markup {
  const facts: [string, Content][] = [
    ['Design', designs[design.kind]],
    ...Object.entries(design.axes).map(([axis, levels]): [string, Content] => [
      axis,
      levels.map((level, i) => markup`${i > 0 && ', '}<code>${shorten(level, 60)}</code>`),
    ]),
    ['Data sets', design.datasets.length === 0 ? 'that of the base config' : design.datasets.join(', ')],
    ['Seeds', design.seeds.length === 0 ? 'none' : seedRanges(design.seeds)],
    ['Metric', markup`<code>${design.metric}</code>, ${design.better} is better`],
    ['Baseline', design.baseline === null ? 'none' : markup`<code>${design.baseline}</code>`],
    ['Level', `${significant(design.level)}; intervals of ${significant(100 * (1 - design.level))} %`],
    [
      'Difference of interest',
      design.differenceOfInterest === null ? 'none named' : significant(design.differenceOfInterest),
    ],
  ];
  return markup`<section id="methods"><h2>Methods</h2><p>${methods}</p>
<dl>${facts.map(([term, value]) => markup`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl></section>`;
}

function settings(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
