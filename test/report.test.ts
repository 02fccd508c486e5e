// masq report: the three files of a study and of plain runs, and what becomes of wrong input.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../src/cli/report.js';
import { UserError } from '../src/shared/errors.js';
import { parseReport } from '../src/sweep/analysis/reportSchema.js';
import { masq, masqProcess } from './support/masq.js';
import { writeConfig, writeRun, writeSmallStudy } from './support/studyFolder.js';

const folder = mkdtempSync(join(tmpdir(), 'masq-report-'));
const study = join(folder, 'study');
const none = join(folder, 'none');
const eca = join(folder, 'eca');
const empty = join(folder, 'empty');

const nothing = (): void => undefined;
const silent = {
  quiet: true,
  verbose: false,
  signal: new AbortController().signal,
  out: nothing,
  info: nothing,
  warn: nothing,
};

beforeAll(() => {
  mkdirSync(empty);
  writeSmallStudy(study);
  writeConfig(none, 1, {});
  writeRun(none, { seed: 1, accuracy: 0.8 });
  writeConfig(eca, 1, { model: { name: 'fcn', attention: { name: 'eca' } } });
  writeRun(eca, { seed: 1, accuracy: 0.9 });
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('a study gets its report in its own folder, and the summary is printed', () => {
  const { status, stdout, stderr } = masqProcess('report', study);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^No comparison with attention=none could be significant/);
  expect(stderr).toBe(
    `Wrote ${['html', 'json', 'csv'].map((kind) => join(study, `report.${kind}`)).join(', ')}.\n`,
  );
  const { summary } = parseReport(readFileSync(join(study, 'report.json'), 'utf8'), 'report.json');
  expect(stdout).toBe(`${summary.join('\n')}\n`);
  const page = readFileSync(join(study, 'report.html'), 'utf8');
  expect(page).toContain('<!doctype html>');
  expect(page).toContain('p (max-T)');
});

test('--metric compares another number, and --out writes elsewhere, with links to the runs from there', async () => {
  const out = join(folder, 'elsewhere', 'report');
  expect((await masq('report', study, '--metric', 'test.macroF1', '--out', out)).status).toBe(0);
  const { design, cells, trials } = parseReport(
    readFileSync(join(out, 'report.json'), 'utf8'),
    'report.json',
  );
  expect(design).toMatchObject({ metric: 'test.macroF1', better: 'higher' });
  expect(cells.find(({ id }) => id === 'JapaneseVowels,attention=none')?.mean).toBeCloseTo(0.4, 12);
  expect(existsSync(join(out, trials[0].directory, 'result.json'))).toBe(true);
});

test('a folder of runs, or of models with theirs, stands for the runs', async () => {
  const many = join(folder, 'many');
  for (const seed of [1, 2]) {
    const path = join(many, 'my-model', String(seed));
    writeConfig(path, seed, {});
    writeRun(path, { seed, accuracy: 0.8 });
  }
  for (const path of [many, join(many, 'my-model')]) {
    const out = join(folder, 'many-report');
    expect((await masq('report', path, '--out', out)).status).toBe(0);
    const { trials } = parseReport(readFileSync(join(out, 'report.json'), 'utf8'), 'report.json');
    expect(trials.map(({ directory }) => directory)).toEqual(['../many/my-model/1', '../many/my-model/2']);
  }
});

test('plain runs are compared with the one that --baseline names', async () => {
  const out = join(folder, 'runs');
  const { status, stdout } = await masq('report', eca, none, '--baseline', 'attention=none', '--out', out);
  expect(status).toBe(0);
  expect(stdout).toContain('with 1 seed no p-value is below 1. That takes at least 6 seeds.');
  const lines = readFileSync(join(out, 'report.csv'), 'utf8').trimEnd().split('\n');
  expect(lines[1]).toMatch(/^attention=eca,,attention=eca,grid,eca,1,1,0\.9,,,,0\.0999/);
});

test.each([
  ['a folder that is neither', { paths: [empty] }, 'this is neither a study nor a run, and holds none'],
  ['no folder', { paths: [join(folder, 'nowhere')] }, 'there is no such folder'],
  ['a study among runs', { paths: [none, study] }, 'this is a study. Report it alone'],
  ['a metric that is none', { paths: [none], metric: 'test.acc' }, 'this result has no number test.acc'],
  ['a baseline for a study', { paths: [study], baseline: 'x' }, '--baseline is for runs'],
  ['a file as folder', { paths: [none], out: join(none, 'result.json') }, 'this is a file'],
])('%s is a mistake of the user, and nothing is written', async (_, given, message) => {
  const out = join(folder, 'unwritten');
  const reported = run({ out, metric: undefined, baseline: undefined, ...given }, silent);
  await expect(reported).rejects.toThrow(UserError);
  await expect(reported).rejects.toThrow(message);
  expect(existsSync(out)).toBe(false);
});

test('a damaged result names its file with exit code 2, and leaves the last report as it was', async () => {
  const damaged = join(folder, 'damaged');
  writeSmallStudy(damaged);
  writeFileSync(join(damaged, 'report.json'), 'the last one');
  const result = join(damaged, 'trials', 'JapaneseVowels,attention=none', '3', 'result.json');
  writeFileSync(result, '{"status":');
  const { status, stdout, stderr } = await masq('report', damaged);
  expect(stderr).toMatch(/^\S+: this file cannot be read: .*\n$/);
  expect([status, stdout, stderr.startsWith(`${result}: `)]).toEqual([2, '', true]);
  expect(readFileSync(join(damaged, 'report.json'), 'utf8')).toBe('the last one');
  expect(readdirSync(damaged).sort()).toEqual(['report.json', 'study.yaml', 'trials']);
});

test('the example of docs/reports.md runs as it stands', async () => {
  const text = readFileSync('docs/reports.md', 'utf8');
  const blocks = (language: string) =>
    [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, code]) => code);
  const [command] = blocks('sh');
  const [script] = blocks('js');
  const [output] = blocks('text');
  writeSmallStudy(join(folder, 'studies', 'small'));
  const [program, ...args] = command.trim().split(' ').slice(1);
  expect([
    program,
    (await masq(...args.map((arg) => arg.replace('studies/', `${folder}/studies/`)))).status,
  ]).toEqual(['masq', 0]);
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(stdout).toBe(output);
});
