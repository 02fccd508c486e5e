// Writes a results file as Markdown on standard output: node bench/report.mjs bench/results/FILE.json > docs/benchmarks.md
import { readFileSync } from 'node:fs';
import { figure, markdownTable } from './format.mjs';
import { allTables } from './tables.mjs';

const explanation = `All train the same network (squeeze and excitation with ratio 16, equal numbers of parameters) on the same batches with
AdamW, stock TensorFlow.js with its Adam. Batches are in memory in each framework's own form. The peers ignore lengths, as
their users do; masq always masks, \`masq-masked\` on recordings that are between half and fully as long as the batch. In the
epoch, \`longest\` pads every batch to the longest of all recordings, and \`buckets\` gives the batches that masq trains on.
Of several ways to step (in brackets) the quickest is shown. \`masq/it\` is masq's median over the contender's: below 1, masq
is ahead.`;

const [, , path] = process.argv;
if (path === undefined) {
  console.error('Name a results file: node bench/report.mjs bench/results/FILE.json');
  process.exitCode = 2;
} else {
  console.log(report(JSON.parse(readFileSync(path, 'utf8')), path));
}

function report(results, source) {
  const { date, machine, settings } = results;
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const commit = machine.git === null ? '' : `, commit ${machine.git.commit.slice(0, 7)}`;
  const changed = machine.git?.modified ? ' with changes' : '';
  return [
    '# Benchmarks',
    `Made by \`npm run bench\` on ${date.slice(0, 10)}${commit}${changed}, written by ` +
      `\`node bench/report.mjs ${source}\`.`,
    `- processor: ${machine.processor}, ${machine.cores} cores (${machine.flags.join(', ')}); ` +
      `${figure(machine.memoryBytes / 2 ** 30)} GiB; ${machine.system}; load before the start ${figure(machine.loadBefore)}\n` +
      `- versions: ${versions.join(', ')}\n` +
      `- ${settings.threads} threads for every contender; ${settings.rounds} rounds, in each of which every contender ` +
      `takes a turn of at least ${settings.minimumSteps} steps and ${settings.minimumMilliseconds} ms while the others wait`,
    explanation,
    ...allTables(results).map((table) => markdownTable(table)),
  ].join('\n\n');
}
