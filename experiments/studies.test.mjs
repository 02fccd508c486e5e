// What the study files say in their comments.
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildModel, modelCost } from '../src/models/index.ts';
import { loadStudy } from '../src/sweep/study/loadStudy.ts';
import { makeData } from './noisy-channels/data.mjs';
import { moments } from './shared.mjs';

beforeAll(makeData);

const reported = readdirSync('docs/studies', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

describe('the study files', () => {
  it.each([
    ['ratio-squeeze', 92, 12],
    ['ratio-validation', 6, 12],
    ['padding', 8, 10],
    ['attention-kinds', 44, 12],
    ['noisy-channels', 48, 6],
    ['augmentation', 26, 12],
  ])('%s has %i cells and %i seeds', async (name, cells, seeds) => {
    const study = await loadStudy(`experiments/${name}.yaml`);
    expect([study.name, study.cells.length, study.seeds.length]).toEqual([name, cells, seeds]);
  });

  it.each(['ratio-squeeze', 'padding', 'attention-kinds', 'augmentation'])(
    '%s has enough seeds for a difference to be significant among all that it tests',
    async (name) => {
      const { cells, datasets, seeds, compare } = await loadStudy(`experiments/${name}.yaml`);
      const comparisons = cells.length - datasets.length;
      expect((comparisons * 2) / 2 ** seeds.length).toBeLessThan(compare.level);
    },
  );

  it.each(reported)(
    '%s is what its report in docs/studies is of, with every trial finished',
    async (name) => {
      const { cells, seeds } = await loadStudy(`experiments/${name}.yaml`);
      const rows = parse(readFileSync(`docs/studies/${name}/report.csv`), { columns: true });
      expect(rows.map(({ id }) => id)).toEqual(cells.map(({ id }) => id));
      expect(new Set(rows.map(({ n }) => Number(n)))).toEqual(new Set([seeds.length]));
      expect(readFileSync('docs/studies.md', 'utf8')).toContain(`[${name}](studies/${name}.md)`);
    },
  );

  it('of padding has the accuracies with other padding that its page and the README name', () => {
    const { rows } = JSON.parse(readFileSync('docs/studies/padding/transfer.json', 'utf8'));
    const line = (masked) =>
      rows
        .filter((row) => row.masked === masked)
        .map(({ accuracies }) => moments(accuracies))
        .map(({ mean, sd }) => `${mean.toFixed(4)} ± ${sd.toFixed(4)}`)
        .join(' | ');
    const page = readFileSync('docs/studies/padding.md', 'utf8');
    expect(page).toContain(`| masked | ${line(true)} |`);
    expect(page).toContain(`| not masked | ${line(false)} |`);
    const percent = (length) => {
      const { mean } = moments(rows.find((row) => !row.masked && row.length === length).accuracies);
      return `${(100 * mean).toFixed(length === 232 ? 0 : 1)} %`;
    };
    const readme = readFileSync('README.md', 'utf8').replaceAll('\n', ' ');
    for (const length of [29, 58, 232]) expect(readme).toContain(percent(length));
  });

  it('of noisy-channels has the fits that its page names', () => {
    const { fits } = JSON.parse(readFileSync('docs/studies/noisy-channels/shrinkage.json', 'utf8'));
    const page = readFileSync('docs/studies/noisy-channels.md', 'utf8');
    for (const { gamma, interval, byVariance } of fits) {
      const digits = (value) => value.toFixed(3);
      const shares = byVariance.slice(1).map(({ share }) => digits(share));
      expect(page).toContain(
        `| ${digits(gamma)} (${interval.map(digits).join(' to ')}) | ${shares.join(' | ')} |`,
      );
    }
    expect(fits).toHaveLength(7);
  });

  it('compare kinds of attention that add as many parameters, to 5 %', async () => {
    const { cells } = await loadStudy('experiments/attention-kinds.yaml');
    const parameters = (model) =>
      modelCost(buildModel(model, { channels: 12, classes: 9, seed: 1 }), 29).parameters;
    const models = cells
      .filter(({ dataset }) => dataset === 'JapaneseVowels')
      .map(({ config }) => config.model);
    const without = parameters(models.find(({ attention }) => attention === 'none'));
    const added = models.map((model) => parameters(model) - without).sort((a, b) => a - b);
    expect(added.slice(0, 4)).toEqual([0, 0, 10, 32]);
    expect(added.slice(4)).toHaveLength(7);
    expect([added.at(4), added.at(-1)]).toEqual([10_752, 11_197]);
  });
});
