// What the study files say in their comments.
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildModel, modelCost } from '../src/models/index.ts';
import { groupBy } from '../src/shared/groupBy.ts';
import { loadStudy } from '../src/sweep/study/loadStudy.ts';
import { makeData } from './noisy-channels/data.mjs';
import { moments } from './shared.mjs';

beforeAll(makeData);

const reported = readdirSync('docs/studies', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const reportRows = (name) => parse(readFileSync(`docs/studies/${name}/report.csv`), { columns: true });

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
      const rows = reportRows(name);
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

  it.each(['ratio-squeeze', 'attention-kinds'])(
    '%s has as many significant comparisons, by Holm and by max-T, as its page says',
    (name) => {
      const compared = reportRows(name).filter(({ pHolm }) => pHolm !== '');
      const reached = (key) => compared.filter((row) => Number(row[key]) <= 0.05).length;
      const page = readFileSync(`docs/studies/${name}.md`, 'utf8').replaceAll('\n', ' ');
      const words = ['none', 'one', 'two', '3', '4', '5'];
      expect(page).toMatch(
        new RegExp(
          `Of ${compared.length} comparisons with no attention (${reached('pHolm')}|${words[reached('pHolm')]}) (is|are) significant`,
        ),
      );
      expect(page).toContain(`By joint sign flips (max-T) it would be ${words[reached('pMaxT')]}`);
    },
  );

  it('of attention-kinds and ratio-validation have the means and standard deviations that their pages name', () => {
    const kinds = readFileSync('docs/studies/attention-kinds.md', 'utf8').split('\n');
    const row = kinds.filter((line) => /^\| (`[a-z-]+`|no attention) \|/.test(line));
    const methods = groupBy(reportRows('attention-kinds'), ({ method }) =>
      method.replace(/-(extent|ratio)-.*/, ''),
    );
    const expected = [...methods].map(([method, cells]) => {
      const name = method.replace('attention=', '');
      const values = cells.map(({ mean, sd }) =>
        Number(sd) === 0 ? '1' : `${Number(mean).toFixed(3)} ± ${Number(sd).toFixed(3)}`,
      );
      return `| ${name === 'none' ? 'no attention' : `\`${name}\``} | ${values.join(' | ')} |`;
    });
    expect(row.map((line) => line.split('|').slice(0, 6).join('|') + '|').sort()).toEqual(expected.sort());
    const ratios = reportRows('ratio-validation');
    const digits = (key) => ratios.map((cell) => Number(cell[key]).toFixed(4)).join(' | ');
    const page = readFileSync('docs/studies/ratio-validation.md', 'utf8');
    expect(page).toContain(`| ${digits('mean')} |`);
    expect(page).toContain(`| ${digits('sd')} |`);
  });

  it('of augmentation has the numbers that its page names, significant differences in bold', () => {
    const digits = (text) => Number(text).toFixed(4);
    const signed = (text) => `${Number(text) < 0 ? '\u2212' : '+'}${digits(Math.abs(text))}`;
    const cell = ({ mean, sd, difference, differenceLower, differenceUpper, pHolm }) => {
      const moments = `${digits(mean)} ± ${digits(sd)}`;
      if (difference === '') return `${moments} |`;
      const beside = `${signed(difference)} (${signed(differenceLower)} to ${signed(differenceUpper)})`;
      return `${moments} | ${Number(pHolm) <= 0.05 ? `**${beside}**` : beside}`;
    };
    const methods = groupBy(reportRows('augmentation'), (row) => row['train.augmentation']);
    const page = readFileSync('docs/studies/augmentation.md', 'utf8');
    for (const [method, cells] of methods) {
      const name =
        method === 'none'
          ? method
          : JSON.parse(method)
              .map((each) => `\`${each}\``)
              .join(', ');
      expect(page).toContain(`| ${name} | ${cells.map(cell).join(' | ')} |`);
    }
    expect(methods.size).toBe(13);
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
