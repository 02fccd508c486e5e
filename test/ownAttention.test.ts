// An attention that a config's module registers is trained, saved, loaded and read like masq's own.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { masqProcess } from './support/masq.js';

const config = 'examples/own-attention.yaml';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'masq-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('it is trained in captured steps, and evaluated from its checkpoint to the same result', () => {
  const run = join(folder, 'run');
  const trained = masqProcess('train', config, '--run-dir', run, '--json');
  expect(trained.status).toBe(0);
  const {
    model,
    test: tested,
    timing,
  } = JSON.parse(trained.stdout) as {
    model: { attention: object };
    test: { accuracy: number; logLoss: number };
    timing: { captureSeconds: number };
  };
  expect(model.attention).toMatchObject({ name: 'softmax-channels', temperature: 2 });
  expect(timing.captureSeconds).toBeGreaterThan(0);
  expect(readFileSync(join(run, 'config.yaml'), 'utf8')).toContain('modules: [examples/own-attention.mjs]');
  const evaluated = masqProcess('evaluate', run, '--json');
  expect(evaluated.status).toBe(0);
  expect((JSON.parse(evaluated.stdout) as typeof tested).logLoss).toBeCloseTo(tested.logLoss, 5);
});

test('its options are checked, with the nearest right one', () => {
  const { status, stderr } = masqProcess(
    'train',
    config,
    'model.attention.temperatur=3',
    '--run-dir',
    join(folder, 'x'),
  );
  expect(status).toBe(2);
  expect(stderr).toContain('model.attention.temperatur: unknown key. Did you mean "temperature"?');
});

test('a module that is missing or fails is one message', () => {
  const failing = join(folder, 'failing.mjs');
  writeFileSync(failing, "throw new Error('it has no wheels');\n");
  const outcome = (path: string) => {
    const { status, stderr } = masqProcess(
      'train',
      config,
      `modules=[${path}]`,
      '--run-dir',
      join(folder, 'y'),
    );
    return [status, stderr];
  };
  expect(outcome(failing)).toEqual([2, `modules: ${failing} cannot be imported: it has no wheels.\n`]);
  expect(outcome('nowhere.mjs')).toEqual([
    2,
    'modules: there is no file nowhere.mjs; expected a JavaScript module, relative to the working directory.\n',
  ]);
});
