// Runs as the real TensorBoard reads them: its readers of event files, and what its HParams dashboard asks for.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tensorboardTracker } from '../src/track/tensorboard/tracker.js';
import { contentsOf, ended, masq, metricsLines, startMasq, stopWhen } from './support/masq.js';
import { testWithTensorboard, type python } from './support/python.js';
import { writeConfig, writeWaveSets } from './support/waves.js';

const folder = mkdtempSync(join(tmpdir(), 'masq-tensorboard-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const config = writeConfig(folder, 'waves', writeWaveSets(folder));

const command = (run: string, ...overrides: string[]): string[] => [
  ...['train', config, '--run-dir', join(folder, run), '--resume', '--threads', '1', '--quiet'],
  ...['train.epochs=4', ...overrides],
];

const tracked = 'track=[tensorboard]';

/** What TensorBoard's reader makes of the event files of a run. */
interface Accumulated {
  /** `[step, value]` by tag. */
  scalars: Record<string, [number, number][]>;
  /** `[step, count, min, max, sum over buckets]` by tag. */
  histograms: Record<string, [number, number, number, number, number][]>;
}

const accumulate = `
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
def main(path):
    reader = EventAccumulator(path, size_guidance={"scalars": 0, "histograms": 0, "tensors": 0})
    reader.Reload()
    tags = reader.Tags()
    def histogram(event):
        value = event.histogram_value
        return [event.step, value.num, value.min, value.max, sum(value.bucket)]
    return {
        "scalars": {tag: [[e.step, e.value] for e in reader.Scalars(tag)] for tag in tags["scalars"]},
        "histograms": {tag: [histogram(e) for e in reader.Histograms(tag)] for tag in tags["histograms"]},
    }
`;

const dashboard = `
from tensorboard import context
from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.plugins import base_plugin
from tensorboard.plugins.hparams import api_pb2, backend_context, get_experiment, list_session_groups
def main(path):
    multiplexer = plugin_event_multiplexer.EventMultiplexer().AddRunsFromDirectory(path)
    multiplexer.Reload()
    provider = data_provider.MultiplexerDataProvider(multiplexer, path)
    backend = backend_context.Context(base_plugin.TBContext(data_provider=provider))
    asked = (context.RequestContext(), backend, "")
    experiment = get_experiment.Handler(*asked, api_pb2.GetExperimentRequest()).run()
    request = api_pb2.ListSessionGroupsRequest(start_index=0, slice_size=10, allowed_statuses=[0, 1, 2, 3])
    for metric in experiment.metric_infos:
        request.col_params.add(metric=metric.name)
    groups = list_session_groups.Handler(*asked, request).run().session_groups
    return {
        "differing": sorted(info.name for info in experiment.hparam_infos if info.differs),
        "runs": {
            group.name: {
                "status": api_pb2.Status.Name(group.sessions[0].status),
                "hyperparameters": {
                    name: getattr(value, value.WhichOneof("kind")) for name, value in group.hparams.items()
                },
                "metrics": {v.name.tag: v.value for v in group.metric_values},
            }
            for group in groups
        },
    }
`;

async function read(run: typeof python, path: string): Promise<Accumulated> {
  return (await run(accumulate, join(path, 'tensorboard'))) as Accumulated;
}

/** Without the only scalar that differs from one time to the next. */
function untimed({ scalars, histograms }: Accumulated): Accumulated {
  const { seconds, ...rest } = scalars;
  return { scalars: { ...rest, seconds: seconds.map(([step]) => [step, 0]) }, histograms };
}

const whole = join(folder, 'whole', 'attention');
beforeAll(async () => {
  expect(await masq(...command('whole/attention', tracked))).toMatchObject({ status: 0, stderr: '' });
});

describe('a run with track: [tensorboard]', () => {
  testWithTensorboard(
    'shows what metrics.jsonl has of every epoch, and the test metrics',
    async ({ python }) => {
      const { scalars } = await read(python, whole);
      const lines = metricsLines(whole) as {
        epoch: number;
        train: Record<string, number>;
        validation: Record<string, number>;
        learningRate: number;
        seconds: number;
      }[];
      const expected = Object.fromEntries(
        Object.entries({
          'train/loss': (line: (typeof lines)[0]) => line.train.loss,
          'train/accuracy': (line: (typeof lines)[0]) => line.train.accuracy,
          'validation/loss': (line: (typeof lines)[0]) => line.validation.loss,
          'validation/accuracy': (line: (typeof lines)[0]) => line.validation.accuracy,
          learningRate: (line: (typeof lines)[0]) => line.learningRate,
          seconds: (line: (typeof lines)[0]) => line.seconds,
        }).map(([tag, value]) => [tag, lines.map((line) => [line.epoch, Math.fround(value(line))])]),
      );
      expect(scalars).toMatchObject(expected);
      const { test } = JSON.parse(readFileSync(join(whole, 'result.json'), 'utf8')) as {
        test: Record<string, number>;
      };
      const tags = Object.keys(scalars).filter((tag) => !(tag in expected));
      expect(tags.sort()).toEqual([
        ...['test/accuracy', 'test/auroc', 'test/balancedAccuracy', 'test/calibrationError'],
        ...['test/logLoss', 'test/macroF1'],
      ]);
      for (const tag of tags) expect(scalars[tag]).toEqual([[5, Math.fround(test[tag.slice(5)])]]);
    },
  );

  testWithTensorboard('shows a histogram of the gates of each attention layer', async ({ python }) => {
    const { histograms } = await read(python, whole);
    // The first epoch alone: 32 updates are no 100. Ten recordings validate, of eight channels each.
    expect(Object.keys(histograms)).toEqual([
      'gates/block1_attention/channel',
      'gates/block2_attention/channel',
    ]);
    for (const [[step, count, min, max, inBuckets], ...later] of Object.values(histograms)) {
      expect({ step, count, inBuckets, later }).toEqual({ step: 1, count: 80, inBuckets: 80, later: [] });
      expect([0 < min, min < max, max < 1]).toEqual([true, true, true]);
    }
  });

  testWithTensorboard(
    'is compared with others by its hyperparameters, those that one lacks included',
    async ({ python }) => {
      const other = ['model.attention={ name: eca, kernelSize: 3 }', 'data.validation=none'];
      expect(await masq(...command('whole/other', tracked, ...other))).toMatchObject({
        status: 0,
        stderr: '',
      });
      const { differing, runs } = (await python(dashboard, join(folder, 'whole'))) as {
        differing: string[];
        runs: Record<string, { status: string; hyperparameters: object; metrics: Record<string, number> }>;
      };
      expect(Object.keys(runs).sort()).toEqual(['attention/tensorboard', 'other/tensorboard']);
      const { 'attention/tensorboard': first, 'other/tensorboard': second } = runs;
      expect([first.status, second.status]).toEqual(['STATUS_SUCCESS', 'STATUS_SUCCESS']);
      expect(differing).toContain('model.attention.name');
      expect(first.hyperparameters).toMatchObject({
        'model.filters': '[8,8,8]',
        'model.attention.ratio': 2,
        'train.optimizer.learningRate': 0.01,
        'data.validation.fraction': 0.25,
      });
      expect(second.hyperparameters).toMatchObject({
        'model.attention.kernelSize': 3,
        'data.validation': 'none',
      });
      expect(Object.keys(first.metrics)).toEqual(
        expect.arrayContaining(['validation/loss', 'test/accuracy']),
      );
    },
  );

  testWithTensorboard(
    'reads like an uninterrupted one when it was killed and resumed',
    async ({ python }) => {
      const run = join(folder, 'killed');
      for (const lines of [1, 3]) {
        const { child } = startMasq(...command('killed', tracked));
        const end = ended(child);
        expect(await stopWhen(child, () => metricsLines(run).length === lines)).toBe(true);
        child.kill('SIGKILL');
        await end;
      }
      expect(await masq(...command('killed', tracked))).toMatchObject({ status: 0, stderr: '' });
      expect(readdirSync(join(run, 'tensorboard'))).toHaveLength(3);
      expect(untimed(await read(python, run))).toEqual(untimed(await read(python, whole)));
    },
  );

  testWithTensorboard(
    'shows the test metrics once when it was killed before its result was kept',
    async ({ python }) => {
      const run = join(folder, 'result');
      cpSync(whole, run, { recursive: true });
      rmSync(join(run, 'result.json'));
      expect(await masq('train', '--run-dir', run, '--resume', '--quiet')).toMatchObject({
        status: 0,
        stderr: '',
      });
      expect(await read(python, run)).toEqual(await read(python, whole));
    },
  );

  testWithTensorboard('shows epochs that are trained again once', async ({ python }) => {
    const path = join(folder, 'again');
    for (const [done, losses] of [
      [0, [5, 4, 3]],
      [1, [40, 30]],
    ] as const) {
      const tracker = await tensorboardTracker({
        path,
        name: 'again',
        parameters: {},
        epoch: done,
        onWarning: expect.unreachable,
      });
      for (const [i, loss] of losses.entries()) {
        const epoch = done + 1 + i;
        const gates = (): Record<string, Float32Array> => ({ 'a/channel': Float32Array.of(0, loss) });
        await tracker.epoch({ epoch, step: 100 * epoch, scalars: { 'train/loss': loss }, gates });
      }
    }
    expect(await read(python, path)).toEqual({
      scalars: { 'train/loss': [[1, 5], [2, 40], [3, 30]] }, // prettier-ignore
      histograms: { 'gates/a/channel': [[1, 2, 0, 5, 2], [2, 2, 0, 40, 2], [3, 2, 0, 30, 2]] }, // prettier-ignore
    });
  });

  it('changes nothing of the training, to the bit', async () => {
    expect(await masq(...command('untracked'))).toMatchObject({ status: 0 });
    const files = (run: string): [string, string][] =>
      Object.entries(contentsOf(run)).filter(([name]) => !/^tensorboard\/|^config\.yaml$/.test(name));
    expect(files(whole)).toEqual(files(join(folder, 'untracked')));
  });
});
