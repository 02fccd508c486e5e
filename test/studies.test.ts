// The example of docs/studies.md: its study file, and what a dry run prints of it.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { dryRun } from '../src/cli/studyPlan.js';
import { loadStudy } from '../src/sweep/study/loadStudy.js';

// Models are built and timed, which takes long on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

let folder: string;
let file: string;
let printed: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'masq-studies-'));
  const text = await readFile('docs/studies.md', 'utf8');
  const [, example = ''] = /```yaml\n([^`]*)```/.exec(text) ?? [];
  [, printed = ''] = /`--dry-run` reads .*\n\n```\n([^`]*)```/.exec(text) ?? [];
  file = join(folder, 'study.yaml');
  await writeFile(file, example);
});
afterAll(() => rm(folder, { recursive: true }));

/** What a dry run of a study prints; measured times become `…`. */
async function dryRunOf(...overrides: string[]): Promise<{ out: string; warnings: string[] }> {
  const lines: string[] = [];
  const warnings: string[] = [];
  await dryRun(
    await loadStudy(file, overrides),
    { directory: join(folder, 'study'), workers: 2, threads: 1, device: undefined },
    {
      quiet: true,
      verbose: false,
      signal: new AbortController().signal,
      out: (line) => lines.push(...line.split('\n')),
      info: () => undefined,
      warn: (message) => warnings.push(message),
    },
  );
  const masked = lines.map((line) =>
    line.replace(/^(\S+=\S+ .* )( *)[\d.]+$/, '$1$2…').replace(/^About .* for/, 'About … for'),
  );
  return { out: masked.join('\n').replaceAll(/ +…/g, ' …'), warnings };
}

test('prints what docs/studies.md shows', async () => {
  const { out, warnings } = await dryRunOf();
  expect(out).toBe(printed.trimEnd().replaceAll(/ +…/g, ' …'));
  expect(warnings).toEqual([]);
});

test('warns of too few seeds and of ratios that make one network, fits 100 columns, has a table for each data set', async () => {
  const control =
    '{ model.attention: none, train.optimizer.learningRate: 0.01, train.optimizer.weightDecay: 0.2 }';
  const { out, warnings } = await dryRunOf(
    'seeds=6',
    'datasets=[data/JapaneseVowels, data/BasicMotions]',
    'axes.model.attention=[squeeze-excite]',
    `controls=[${control}]`,
    `compare.baseline=${control}`,
    'base.model.filters=[4, 4, 4]',
  );
  expect(warnings).toEqual([
    ...['JapaneseVowels', 'BasicMotions'].map(
      (name) =>
        `${name},attention=squeeze-excite,ratio=4 and ${name},attention=squeeze-excite,ratio=16 are the same network: ` +
        'their bottlenecks have the same widths.',
    ),
    'With 6 seeds, none of 4 comparisons with attention=none,learningRate=0.01,weightDecay=0.2 can be significant at the ' +
      "5 % level, whatever comes out: no p-value can be below 0.031, and Holm's correction asks the best of them for " +
      '0.013. That takes at least 8 seeds.',
  ]);
  expect(out).toMatch(/^JapaneseVowels\nCell/m);
  expect(out).toMatch(/^BasicMotions\nCell/m);
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
});
