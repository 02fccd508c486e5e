// The package as it is published: what it holds, that it installs, runs and has types, and that its layers and
// models load in a browser.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'masq-package-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Packed {
  filename: string;
  files: { path: string }[];
}
let packed: Packed;
beforeAll(() => {
  const args = ['pack', '--ignore-scripts', '--json', '--loglevel=error', '--pack-destination', folder];
  [packed] = JSON.parse(execFileSync('npm', args, { encoding: 'utf8' })) as [Packed];
});

it('holds the build, the configs and the documents that npm shows, and nothing else', () => {
  const paths = packed.files.map(({ path }) => path);
  for (const path of [
    ...['LICENSE', 'README.md', 'CHANGELOG.md', 'package.json', 'bin/masq.js', 'native/quiet_stderr.c'],
    ...['configs/schema.json', 'configs/japanese-vowels-fcn-se.yaml', 'dist/cli/main.js'],
    ...['', 'engine/', 'layers/', 'models/', 'data/', 'train/', 'sweep/'].flatMap((name) => [
      `dist/${name}index.js`,
      `dist/${name}index.d.ts`,
    ]),
  ]) {
    expect(paths).toContain(path);
  }
  expect(
    paths.filter((path) => !/^(bin|configs|dist|docs|native)\/|^[A-Z]+(\.md)?$|^package\.json$/.test(path)),
  ).toEqual([]);
  expect(paths.filter((path) => path.includes('.test.') || path.includes('.sources'))).toEqual([]);
});

describe('installed in an empty folder with --ignore-scripts', () => {
  const consumer = join(folder, 'consumer.ts');
  beforeAll(() => {
    writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }');
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'];
    execFileSync('npm', ['install', '--ignore-scripts', ...quiet, `./${packed.filename}`], { cwd: folder });
    writeFileSync(
      consumer,
      `import type * as tf from '@tensorflow/tfjs';
import { train, UserError, type TrainOptions } from 'masq';
import { recordingsFromArrays } from 'masq/data';
import { loadEngine, type Engine } from 'masq/engine';
import { squeezeExcite1d } from 'masq/layers';
import { buildModel } from 'masq/models';
import { parseStudy } from 'masq/sweep';
import { resolveConfig, type ConfigInput } from 'masq/train';

const input: ConfigInput = { name: 'mine', data: { train: 'absent.csv' }, model: 'fcn' };
const options: TrainOptions = { runDirectory: 'run', threads: 1 };
const failure: unknown = await train(resolveConfig(input), options).catch((error: unknown) => error);
const engine: Engine = await loadEngine({ threads: 1 });
const model: tf.LayersModel = buildModel({ name: 'fcn' }, { channels: 1, classes: 2, seed: 1 });
const { channels } = recordingsFromArrays([[[1, 2]]]);
const { cells } = parseStudy(JSON.stringify({ name: 'study', base: input, axes: { 'train.epochs': [1, 2] }, compare: { metric: 'best.value' } }));
console.log(failure instanceof UserError, engine.tfjs, model.outputs[0].shape, channels, typeof squeezeExcite1d, cells.length);
`,
    );
  });

  it('has a masq command', () => {
    const { status, stdout } = spawnSync('npx', ['--no-install', 'masq', '--help'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^masq <command>/);
  });

  it('has types without an error of its own, and runs', () => {
    // The declarations of tfjs itself do not compile without skipLibCheck; masq's must.
    const options = { strict: true, module: 'nodenext', target: 'es2022', skipLibCheck: false, types: [] };
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['consumer.ts'] }),
    );
    const compiler = resolve('node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [compiler, '-p', '.'], { cwd: folder, encoding: 'utf8' });
    const errors = stdout.split('\n').filter((line) => /^\S+\(\d+,\d+\): error/.test(line));
    expect(errors.filter((line) => /^(consumer|node_modules\/masq)/.test(line))).toEqual([]);
    const run = spawnSync(process.execPath, ['consumer.js'], { cwd: folder, encoding: 'utf8' });
    expect(run.stdout).toBe('true 4.22.0 [ null, 2 ] 2 function 2\n');
  });
});

it.each(['layers', 'models'])(
  'masq/%s bundles for a browser without Node modules or native code',
  async (name) => {
    const complaints: string[] = [];
    const bundle = await rolldown({
      input: `dist/${name}/index.js`,
      platform: 'browser',
      onLog: (_, { message }) => complaints.push(message),
    });
    const [chunk, ...others] = (await bundle.generate({ format: 'esm' })).output;
    expect({ others, complaints, imports: [...chunk.imports, ...chunk.dynamicImports] }).toEqual({
      others: [],
      complaints: [],
      imports: [],
    });
    expect(chunk.moduleIds.length).toBeGreaterThan(100);
    expect(chunk.moduleIds.filter((id) => /tfjs-node|shared\/node|^node:/.test(id))).toEqual([]);
    expect(readFileSync(`dist/${name}/index.d.ts`, 'utf8')).not.toContain('node:');
  },
);
