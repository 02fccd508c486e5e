// The page of a study: one file that needs no network, in light and dark, on paper and on a phone.
import { createHash } from 'node:crypto';
import { counted } from '../shared/counted.js';
import type { DatasetReport, StudyReport } from '../sweep/analysis/studyReport.js';
import { datasetParts } from './datasetSection.js';
import { Markup, markup, type Content } from './markup.js';
import { overDatasetsSection } from './overDatasetsSection.js';
import { designSection, missingSection, pageHeader, summarySection } from './overview.js';
import { script } from './script.js';
import { style } from './style.js';

/**
 * The report as an HTML page. The same report gives the same bytes. Everything that comes from the study is escaped, and the
 * page may load nothing and run no script but its own.
 */
export function renderReport(report: StudyReport): string {
  const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hash(script)}'; base-uri 'none'; form-action 'none'`;
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="masq ${report.masq}">
<title>${report.name}</title>
<link rel="icon" href="data:,">
<style>${new Markup(style)}</style>
</head>
<body>
<main>
${pageHeader(report)}
${contents(report)}
${summarySection(report)}
${missingSection(report)}
${overDatasetsSection(report)}
${report.datasets.map((dataset, i) => datasetSection(report, dataset, i))}
${designSection(report)}
<footer>Made by masq ${report.masq}. Numbers are in <code>report.json</code>, cells also in <code>report.csv</code>.</footer>
</main>
<script>${new Markup(script)}</script>
</body>
</html>
`;
  return page.text;
}

function contents({ datasets, overDatasets, design, trials }: StudyReport): Markup {
  const links: [string, string][] = [
    ['summary', 'Summary'],
    ...(trials.some(({ status }) => status !== 'finished')
      ? [['missing', 'Missing'] as [string, string]]
      : []),
    ...('refused' in overDatasets && design.datasets.length < 2
      ? []
      : [['over-datasets', 'Over data sets'] as [string, string]]),
    ...datasets.map(({ dataset }, i): [string, string] => [`data-${i + 1}`, dataset ?? 'Results']),
    ['methods', 'Methods'],
  ];
  return markup`<nav aria-label="Contents"><ul>${links.map(([id, text]) => markup`<li><a href="#${id}">${text}</a></li>`)}</ul></nav>`;
}

/** One data set is shown at once; of several each is folded. */
function datasetSection(report: StudyReport, dataset: DatasetReport, i: number): Content {
  const parts = datasetParts(report, dataset);
  const id = `data-${i + 1}`;
  const name = dataset.dataset ?? 'Results';
  if (report.datasets.length === 1) return markup`<section id="${id}"><h2>${name}</h2>${parts}</section>`;
  const cells = report.cells.filter((cell) => cell.dataset === dataset.dataset).length;
  return markup`<details class="dataset" id="${id}"${i === 0 && markup` open`}><summary><h2>${name}</h2><span>${counted(cells, 'cell')}</span></summary>${parts}</details>`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
