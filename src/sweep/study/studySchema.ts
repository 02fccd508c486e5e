// The schema of a study file: every key with its type, default and meaning.
import { z } from 'zod';
import { didYouMean } from '../../shared/nearest.js';
import { testSchema } from '../../train/dataSchema.js';
import { directionOf, knownMetrics, ownMetric } from './metric.js';
import { repeatKeys } from './repeat.js';

/** A study file as a user may write it: keys with a default may be left out. */
export type StudyInput = z.input<ReturnType<typeof studySchema>>;

/** A study file with every key that has a default filled in. */
export type StudyFile = z.output<ReturnType<typeof studySchema>>;

/** Builds the schema of a study file. */
export function studySchema() {
  return z.strictObject({
    name: nameText().describe('Names the study: its folder is studies/<name>.'),
    base: z
      .union([z.string().min(1), z.record(z.string(), z.unknown())])
      .describe(
        'The config that cells change: a file, relative to the working directory, or the config itself.',
      ),
    design: z
      .union([
        z.enum(['grid', 'one-at-a-time']),
        z.strictObject({
          name: z.literal('random').describe('Cells drawn from the grid.'),
          cells: z.int().min(1).describe('How many cells are drawn, without replacement.'),
          seed: z
            .int()
            .min(0)
            .max(2 ** 32 - 1)
            .default(1)
            .describe('Decides which.'),
        }),
      ])
      .default('grid')
      .describe(
        'Which combinations of levels are cells: all (grid), those with at most one level that is not the ' +
          "base config's (one-at-a-time), or some of the grid, drawn (random).",
      ),
    axes: z
      .record(z.string(), z.union([levels(), conditionalAxis()]))
      .default({})
      .describe('What is varied: the levels of each key of the config.'),
    datasets: z
      .array(z.union([z.string().min(1), dataset()]))
      .default([])
      .describe(
        "Data sets that every cell is trained on: folders as data/X with X_TRAIN.ts and X_TEST.ts. None: the base config's.",
      ),
    controls: z
      .array(settings())
      .default([])
      .describe('Cells beside those of the design, each by what it sets in the base config.'),
    seeds: z
      .union([z.int().min(1).max(10_000), seedList()])
      .default(10)
      .describe('Seeds that every cell is trained with: 1 to that number, or a list.'),
    repeat: z
      .enum(repeatKeys)
      .optional()
      .describe(
        'What counts along with the seeds, from 0: with the first seed every cell has resample, fold or left-out group 0, with the ' +
          'second 1, and so on.',
      ),
    compare: compare().prefault({}).describe('How cells are compared.'),
    halving: z
      .union([
        z.literal('none'),
        z.strictObject({
          firstEpoch: z.int().min(1).describe('The epoch after which the first cells end.'),
          factor: z
            .int()
            .min(2)
            .default(3)
            .describe('One of so many cells goes on; the next to end do so after so many times the epochs.'),
        }),
      ])
      .default('none')
      .describe(
        'Successive halving: ends cells that look worse early. Saves time and biases the study; the report marks it.',
      ),
    slurm: slurm().prefault({}).describe('What each trial asks of a SLURM cluster.'),
  });
}

/** What names a folder. */
export const folderName = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u;

function nameText() {
  return z.string().regex(folderName, {
    error: 'expected letters, digits, "_", "-" and "." only, as it names a folder',
  });
}

/** Values by the key path of the config that they are set at. */
function settings() {
  return z.record(z.string(), z.unknown());
}

function levels() {
  return z.array(z.unknown()).min(1);
}

function conditionalAxis() {
  return z.strictObject({
    values: levels().describe('The levels.'),
    when: settings()
      .refine((conditions) => Object.keys(conditions).length > 0, {
        error: 'expected at least one key with its value',
      })
      .describe(
        'Keys of the config, each with a value or a list of values; the axis is there where all hold.',
      ),
  });
}

function dataset() {
  const files = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
  return z.strictObject({
    name: nameText().describe('Its name in cells, tables and figures.'),
    train: files.describe('File to train on, or a list of files.'),
    test: testSchema().optional(),
    set: settings()
      .default({})
      .describe('What this data set changes in the base config, such as train.epochs.'),
  });
}

function seedList() {
  return z
    .array(
      z
        .int()
        .min(0)
        .max(2 ** 32 - 1),
    )
    .min(1)
    .refine((seeds) => new Set(seeds).size === seeds.length, { error: 'expected each seed once' });
}

function compare() {
  return z
    .strictObject({
      metric: z
        .string()
        .default('test.accuracy')
        .describe('What is compared, as a path in result.json, e.g. test.accuracy or test.logLoss.'),
      better: z
        .enum(['higher', 'lower'])
        .optional()
        .describe("Which values are better; needed only for a metric of one's own."),
      baseline: z
        .union([z.literal('none'), settings()])
        .default('none')
        .describe('The cell that all others are compared with, by what it sets in the base config.'),
      level: z.number().gt(0).max(0.5).default(0.05).describe('Level of significance of the whole study.'),
      differenceOfInterest: z
        .union([z.literal('none'), z.number().positive()])
        .default('none')
        .describe('The smallest difference in the metric that would matter.'),
    })
    .superRefine(({ metric, better }, context) => {
      if (!knownMetrics.includes(metric) && !ownMetric.test(metric)) {
        const message =
          `expected one of ${knownMetrics.join(', ')} or test.metrics.<name>, found "${metric}".` +
          didYouMean(metric, knownMetrics);
        context.addIssue({ code: 'custom', path: ['metric'], message });
        return;
      }
      const direction = directionOf(metric);
      if (better === undefined && direction === null && metric !== 'best.value') {
        const message = `missing; expected higher or lower, as masq does not know which is better of ${metric}`;
        context.addIssue({ code: 'custom', path: ['better'], message });
      } else if (better !== undefined && direction !== null && better !== direction) {
        const message = `of ${metric}, ${direction} is better; leave the key out`;
        context.addIssue({ code: 'custom', path: ['better'], message });
      }
    });
}

function slurm() {
  const text = (pattern: RegExp, error: string) =>
    z.union([z.string().regex(pattern, { error }), z.int().min(1)]).optional();
  return z.strictObject({
    partition: z.string().min(1).optional().describe('As sbatch --partition takes it.'),
    time: text(
      /^(\d+-\d+(:\d+){0,2}|\d+(:\d+){0,2})$/,
      'expected a time as sbatch takes it, e.g. 02:00:00 or 1-12 (days-hours)',
    ).describe('Longest time of a trial, as sbatch --time takes it: minutes, or e.g. 02:00:00.'),
    memory: text(/^\d+[KMGT]?$/, 'expected memory as sbatch takes it, e.g. 4G').describe(
      'Memory of a trial, as sbatch --mem takes it: megabytes, or e.g. 4G.',
    ),
    cpus: z.int().min(1).default(1).describe('Processors of a trial.'),
    gpus: z.int().min(0).default(0).describe('Graphics cards of a trial.'),
    concurrent: z
      .union([z.literal('none'), z.int().min(1)])
      .default('none')
      .describe('Trials that may run at once. none: as many as the cluster lets.'),
    options: z
      .array(z.string().min(1))
      .default([])
      .describe('Further options of sbatch, e.g. --account=lab.'),
  });
}
