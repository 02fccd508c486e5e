// Studies and runs as training leaves them, with numbers that a test chooses.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a test says of a run; the rest is made up, and always the same. */
export interface FakeRun {
  readonly seed: number;
  readonly accuracy: number;
  readonly parameters?: number;
  readonly macs?: number;
  readonly stepsPerSecond?: number;
  /** One an epoch; the last epoch is the best. Null: the run had no validation data. */
  readonly validationLosses?: readonly number[] | null;
  readonly peakResidentBytes?: number;
  /** Standard deviation of its one gate between recordings; null for a run without attention. */
  readonly gateSd?: number | null;
}

/** Writes what a report reads of a finished run. */
export function writeRun(directory: string, run: FakeRun): void {
  const { seed, accuracy, validationLosses = [0.9, 0.6], gateSd = null } = run;
  const epochs = validationLosses?.length ?? 2;
  writeJson(join(directory, 'result.json'), {
    status: 'finished',
    name: 'fake',
    runId: 'fake',
    seed,
    model: {
      name: 'fcn',
      parameters: run.parameters ?? 1000,
      macs: run.macs ?? 5000,
      macsLength: 10,
      attention: 'none',
    },
    best: { epoch: epochs, monitor: 'validation.loss', value: validationLosses?.at(-1) ?? 0.5 },
    validation: validationLosses === null ? 'none' : { recordings: 20 },
    test: { recordings: 100, accuracy, macroF1: accuracy / 2 },
    timing: { trainSeconds: 4, stepsPerSecond: run.stepsPerSecond ?? 100, captureSeconds: 0 },
    ...(run.peakResidentBytes === undefined ? {} : { memory: { peakResidentBytes: run.peakResidentBytes } }),
  });
  const lines = Array.from({ length: epochs }, (_, i) => ({
    epoch: i + 1,
    step: 10 * (i + 1),
    train: { loss: 1 / (i + 1), accuracy: 0.5 },
    ...(validationLosses === null ? {} : { validation: { loss: validationLosses[i], accuracy: 0.5 } }),
    learningRate: 0.001,
    seconds: 1,
  }));
  writeFileSync(join(directory, 'metrics.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  if (gateSd === null) return;
  writeJson(join(directory, 'gates.json'), {
    classes: ['1', '2', '3'],
    gates: {
      'attention1/gate': {
        range: [0, 1],
        // No test recording is of class 3.
        profile: [[0.2, 0.4], [0.6, 0.8], [null, null]], // prettier-ignore
        spread: [[0.1, 0.1], [0.2, 0.2], [null, null]], // prettier-ignore
        saturated: { low: 0.1, high: 0.3 },
        betweenRecordings: gateSd,
        betweenClassesShare: gateSd === 0 ? null : 0.5,
      },
    },
  });
}

/** Writes the config of a plain run; `settings` are whole sections beside or instead of the usual ones. */
export function writeConfig(
  directory: string,
  seed: number,
  settings: Readonly<Record<string, unknown>>,
): void {
  writeJson(join(directory, 'config.yaml'), {
    name: 'fake',
    seed,
    data: {
      train: 'data/A/A_TRAIN.ts',
      test: 'data/A/A_TEST.ts',
      validation: { fraction: 0.2, groups: false },
    },
    model: { name: 'fcn', attention: 'none' },
    train: { epochs: 2, earlyStopping: 'none' },
    track: [],
    ...settings,
  });
}

/**
 * A study of two ratios and two squeezes on two data sets with six seeds, and the network without attention as control and
 * baseline. Of 60 trials one has failed (ratio 4, squeeze max, BasicMotions, seed 6), and one is missing (the same, seed 5).
 */
export function writeSmallStudy(folder: string, order: 'forwards' | 'backwards' = 'forwards'): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'study.yaml'), smallStudy);
  const runs = datasets.flatMap(({ name, lead }) =>
    smallMethods.flatMap(({ method, differences, parameters }) =>
      baselineAccuracies.map((accuracy, i) => ({
        directory: join(folder, 'trials', `${name},${method}`, String(i + 1)),
        run: {
          seed: i + 1,
          accuracy: (accuracy + lead + differences[i]) / 100,
          parameters,
          stepsPerSecond: 50 + 10 * i,
          gateSd: method.includes('ratio') ? (method.includes('max') ? 0 : 0.2) : null,
        },
      })),
    ),
  );
  for (const { directory, run } of order === 'forwards' ? runs : runs.reverse()) {
    if (directory.includes('BasicMotions,ratio=4,squeeze=max') && run.seed >= 5) continue;
    writeRun(directory, run);
  }
  writeJson(join(folder, 'trials', 'BasicMotions,ratio=4,squeeze=max', '6.json'), {
    status: 'failed',
    message: 'The loss is not finite.\nIn epoch 2.',
    attempts: 1,
  });
}

const datasets = [
  { name: 'JapaneseVowels', lead: 0 },
  { name: 'BasicMotions', lead: 10 },
];

/** In percent, by seed. */
export const baselineAccuracies = [80, 82, 78, 81, 79, 80];

/** In points of percent over the baseline, by seed. */
export const smallMethods = [
  { method: 'ratio=2,squeeze=average', parameters: 1500, differences: [3, 1, 2, 2, 3, 1] },
  { method: 'ratio=2,squeeze=max', parameters: 1500, differences: [1, -1, 2, 0, 1, 0] },
  { method: 'ratio=4,squeeze=average', parameters: 1250, differences: [3, 2, 2, 1, 2, 2] },
  { method: 'ratio=4,squeeze=max', parameters: 1250, differences: [0, 0, 0, 0, 0, 0] },
  { method: 'attention=none', parameters: 1000, differences: [0, 0, 0, 0, 0, 0] },
];

const smallStudy = `name: small
base:
  name: small
  data: { train: unused, test: unused }
  model: { name: fcn, attention: squeeze-excite }
axes:
  model.attention.ratio: [2, 4]
  model.attention.squeeze: [average, max]
datasets: [data/JapaneseVowels, data/BasicMotions]
controls: [{ model.attention: none }]
seeds: 6
compare: { metric: test.accuracy, baseline: { model.attention: none } }
`;

function writeJson(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
