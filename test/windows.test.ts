// The config of docs/preparing.md on recordings with uneven times, gaps and missing values: trained, evaluated, predicted.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { masq } from './support/masq.js';
import { uniforms } from './support/random.js';

const folder = mkdtempSync(join(tmpdir(), 'masq-windows-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Walks of some 6 s with a gap of 2 s; every second one changes its class midway where that is asked for. */
function writeWalks(name: string, walks: number, changing: boolean): void {
  const random = uniforms(walks);
  const rows: string[] = ['id,t,label,x,y'];
  for (let walk = 0; walk < walks; walk++) {
    let time = 0;
    for (let step = 0; step < 300; step++) {
      time += step === 150 ? 2 : 0.01 + 0.02 * random();
      const fast = (walk % 2 === 1) !== (changing && step >= 150);
      const x = Math.sin(time * (fast ? 30 : 6)) + 0.1 * random();
      const y = step % 50 === 7 ? '' : random().toFixed(3);
      rows.push([`walk${walk}`, time.toFixed(4), fast ? 'run' : 'walk', x.toFixed(4), y].join(','));
    }
    // Two steps the wrong way round, and one twice.
    rows.push(...rows.splice(-2).reverse(), rows[rows.length - 1]);
  }
  writeFileSync(join(folder, name), `${rows.join('\n')}\n`);
}

interface Metrics {
  recordings: number;
  windows: number;
  accuracy: number;
  perRecording: { recordings: number; accuracy: number; aggregate: string } | null;
}

it.each([false, true])(
  'windows are trained on and evaluated, also of whole recordings (class changes: %s)',
  async (changing) => {
    writeWalks('walks_TRAIN.csv', 6, changing);
    writeWalks('walks_TEST.csv', 4, changing);
    const [, data = ''] = /```yaml\n(data:[^`]*)```/.exec(readFileSync('docs/preparing.md', 'utf8')) ?? [];
    const config = join(folder, 'walks.yaml');
    writeFileSync(
      config,
      `name: walks\n${data.replaceAll('walks_', join(folder, 'walks_'))}` +
        'model: { name: fcn, filters: [4, 4, 4], attention: none }\ntrain: { epochs: 1, batchSize: 8, lengthBuckets: none }\n',
    );
    const run = join(folder, changing ? 'changing' : 'constant');
    const { status, stderr } = await masq('train', config, '--run-dir', run, '--threads', '1');
    expect(stderr).not.toMatch(/Error/);
    expect(status).toBe(0);
    const { test, windows } = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')) as {
      test: Metrics;
      windows: Record<'train' | 'validation', { recordings: number; gaps: number }>;
    };
    // Two pieces of 3 s a walk, at 50 Hz two windows each.
    expect(test).toMatchObject({ recordings: 4, windows: 16 });
    expect(windows.train.recordings + windows.validation.recordings).toBe(6);
    expect(windows.train.gaps).toBe(windows.train.recordings);
    if (changing) expect(test.perRecording).toBeNull();
    else expect(test.perRecording).toMatchObject({ recordings: 4, aggregate: 'mean' });

    const evaluated = await masq('evaluate', run, '--json', '--data', join(folder, 'walks_TEST.csv'));
    expect(JSON.parse(evaluated.stdout)).toEqual(test);

    const { stdout } = await masq('predict', run, join(folder, 'walks_TEST.csv'));
    const lines = stdout.trimEnd().split('\n');
    expect(`${stdout.trimEnd()}\n`).toBe(readFileSync(join(run, 'predictions-test.csv'), 'utf8'));
    expect(lines[1]).toMatch(/^walk0\[0:128\],walk,/);
    expect(lines).toHaveLength(17);
  },
);

it('zero-with-indicator gives the model a channel more for each, in prediction too', async () => {
  writeWalks('walks.csv', 4, false);
  const config = join(folder, 'indicator.yaml');
  const file = join(folder, 'walks.csv');
  writeFileSync(
    config,
    `name: indicator\ndata: { train: ${file}, missing: zero-with-indicator, timestamps: { unordered: sort, duplicates: first, gap: none } }\n` +
      'model: { name: fcn, filters: [4, 4, 4], attention: none }\ntrain: { epochs: 1, lengthBuckets: none }\n',
  );
  const run = join(folder, 'indicator');
  expect((await masq('train', config, '--run-dir', run, '--quiet', '--threads', '1')).status).toBe(0);
  const { status, stdout } = await masq('predict', run, file);
  expect(status).toBe(0);
  expect(stdout.trimEnd().split('\n')).toHaveLength(5);
  const refused = await masq('train', config, 'data.missing=error', '--run-dir', join(folder, 'refused'));
  expect(refused.stderr).toMatch(/channel "y", step 8: the value is missing .*say with data\.missing how/);
});
