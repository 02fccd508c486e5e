// masq train: a run from a config file, with progress while it trains and a table at the end.
import { UserError } from '../shared/errors.js';
import { leftOutOfSets, loadConfig, train, type EpochRecord, type RunStart } from '../train/index.js';
import type { CommandContext, TrainArguments } from './context.js';
import { formatTestResult } from './metricsTable.js';
import { formatSeconds, startProgress, type Progress } from './output.js';
import { showHashing, showPacking } from './packingProgress.js';

export async function run(args: TrainArguments, context: CommandContext): Promise<void> {
  if (args.config === undefined && !args.resume) {
    throw new UserError(
      'masq train needs a config file, e.g. masq train configs/japanese-vowels-fcn-se.yaml',
    );
  }
  if (args.config === undefined && args.overrides.length > 0) {
    throw new UserError(
      `A resumed run keeps its config: ${args.overrides[0]} cannot be set without a config file.`,
    );
  }
  const config = args.config === undefined ? null : await loadConfig(args.config, args.overrides);
  let progress: Progress | undefined;
  let latest = '';
  let started: string | undefined;
  const packing = showPacking(context);
  const hashing = showHashing(context);
  try {
    const { directory, result } = await train(config, {
      runDirectory: args.runDir,
      resume: args.resume,
      device: args.device,
      threads: args.threads,
      signal: context.signal,
      onPacking: packing.update,
      onHashing: () => {
        packing.stop();
        hashing();
      },
      onStart: (start) => {
        packing.stop();
        started = start.directory;
        announce(start, context);
        progress = startProgress({
          label: 'Epoch',
          total: start.config.train.epochs,
          initial: start.epochsDone,
          format: (epochs) => String(Math.floor(epochs)),
          quiet: context.quiet,
        });
      },
      onWarning: (warning) => {
        context.warn(warning);
      },
      onStep: ({ epoch, steps, stepsPerEpoch }) => {
        // A whole epoch is shown once its metrics are there.
        if (steps < stepsPerEpoch) progress?.update(epoch - 1 + steps / stepsPerEpoch, latest);
      },
      onEpoch: (record) => {
        latest = describeEpoch(record);
        progress?.update(record.epoch, latest);
      },
    });
    progress?.stop();
    progress = undefined;
    if (args.json) {
      context.out(JSON.stringify(result, null, 2));
      return;
    }
    const { best, timing, test } = result;
    if (started === undefined) context.info('This run was finished already.');
    context.info(
      `Trained in ${formatSeconds(timing.trainSeconds)} (${timing.stepsPerSecond.toFixed(1)} steps a second); ` +
        `best epoch ${best.epoch} by ${best.monitor} ${best.value.toPrecision(4)}.`,
    );
    context.out(test === null ? 'No test data are named in the config.' : formatTestResult(test));
    context.out(`Run: ${directory}`);
  } finally {
    packing.stop();
    progress?.stop();
    if (context.signal.aborted && started !== undefined) {
      context.info(`To go on: masq train --run-dir ${started} --resume`);
    }
  }
}

function announce(
  { directory, config, engine, epochsDone, ...start }: RunStart,
  context: CommandContext,
): void {
  for (const warning of [...start.warnings, ...leftOutOfSets(start.windows)]) context.warn(warning);
  for (const note of start.notes) context.info(note);
  const parts = [
    `${start.trainRecordings} to train on`,
    ...(start.validationRecordings === null ? [] : [`${start.validationRecordings} to validate`]),
    ...(start.testRecordings === null ? [] : [`${start.testRecordings} to test`]),
  ];
  const backend = engine.tensorflow === null ? 'JavaScript backend' : `TensorFlow ${engine.tensorflow}`;
  context.info(
    `${config.name}: ${config.model.name} with ${start.parameters.toLocaleString('en')} parameters.`,
  );
  const precision = config.train.precision === 'float32' ? '' : `, convolutions in ${config.train.precision}`;
  context.info(
    `${start.windows === null ? 'Recordings' : 'Windows'}: ${parts.join(', ')}. ${backend} on ${engine.device}, ${engine.threads} threads${precision}.`,
  );
  context.info(describeBatches(config, start));
  context.info(`Run: ${directory}${epochsDone > 0 ? `, going on after epoch ${epochsDone}` : ''}`);
}

function describeBatches(
  { train: { batchSize } }: RunStart['config'],
  { buckets: { boundaries, ...shares }, trainRecordings }: Pick<RunStart, 'buckets' | 'trainRecordings'>,
): string {
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  const size = `Batches of ${Math.min(batchSize, trainRecordings)}`;
  const padding = `${percent(shares.paddingShare)} padding`;
  if (boundaries.length === 1) return `${size}, padded to ${boundaries[0]} steps: ${padding}.`;
  return (
    `${size} in ${boundaries.length} length buckets (${listed(boundaries)} steps), ` +
    `${padding} instead of ${percent(shares.unbucketedPaddingShare)}.`
  );
}

/** All of a few numbers, the first and last of many. */
function listed(numbers: readonly number[]): string {
  return numbers.length <= 8 ? numbers.join(', ') : `${numbers[0]} to ${numbers[numbers.length - 1]}`;
}

function describeEpoch({ train: trained, validation }: EpochRecord): string {
  const part = (name: string, { loss, accuracy }: { loss: number; accuracy: number }): string =>
    `${name}: loss ${loss.toFixed(4)}, accuracy ${accuracy.toFixed(3)}`;
  return [
    part('training', trained),
    ...(validation === undefined ? [] : [part('validation', validation)]),
  ].join('; ');
}
