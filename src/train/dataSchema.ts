// The part of a config's schema that says what is trained, validated and tested on.
import { z } from 'zod';
import { formats, type HoldOut } from '../data/index.js';

export function dataSchema() {
  return z
    .strictObject({
      train: filesSchema().describe(
        'What to train on: a file, a pattern, a folder of recordings or a table of files, or a list of such; relative to the ' +
          'working directory.',
      ),
      test: testSchema().optional(),
      format: z
        .enum(formats)
        .optional()
        .describe('Format of all files. Default: told from the content of each, else from its name.'),
      resample: z
        .int()
        .min(0)
        .optional()
        .describe(
          'Stratified resample of training and test files: both are pooled, and as many recordings of each class as before are ' +
            'drawn anew, by this number, to train on. 0: the files as they are.',
        ),
      validation: validationSchema(),
      timestamps: timestampsSchema()
        .prefault({})
        .describe('What to do with times that occur twice or go back, and how long a gap may be.'),
      missing: z
        .enum(['error', 'interpolate', 'carry-forward', 'zero-with-indicator'])
        .default('error')
        .describe(
          'What becomes of missing values: an error, a line between the values around, the value before, or 0 with a further ' +
            'channel for each channel that says where values are missing.',
        ),
      resampling: z
        .union([z.literal('none'), resamplingSchema()])
        .default('none')
        .describe('Brings recordings to equal intervals, by the times of their steps.'),
      maxLength: z
        .union([z.literal('none'), z.int().min(1)])
        .default('none')
        .describe(
          'Steps that longer recordings are cut to, those of test and prediction too; their first steps are kept.',
        ),
      windows: z
        .union([z.literal('none'), windowsSchema()])
        .default('none')
        .describe('Cuts recordings into windows, which are trained on and evaluated in their place.'),
      normalize: z
        .enum(['none', 'channel', 'recording'])
        .default('channel')
        .describe(
          'Mean 0 and standard deviation 1 of each channel: over all training steps (channel) or within each ' +
            'recording (recording).',
        ),
      padding: paddingSchema(),
      memoryLimit: z
        .number()
        .positive()
        .optional()
        .describe(
          'Gigabytes that the values of a set may take in memory, as estimated by the sizes of its files; a larger set is packed into a ' +
            'file in the cache folder and read from there. Default: a quarter of the memory.',
        ),
      columns: columnsSchema(),
    })
    .check((context) => {
      const { resample, test, validation } = context.value;
      if (resample === undefined) return;
      const isFiles = typeof test === 'string' || Array.isArray(test);
      if (isFiles && !(typeof validation === 'object' && 'split' in validation)) return;
      const message = isFiles
        ? 'training recordings are drawn anew, so data.validation cannot take a part that the data assign. Give it a fraction'
        : 'there is nothing to draw from: data.test names no files of its own. Name them, or take data.resample out';
      context.issues.push({ code: 'custom', input: resample, path: ['resample'], message });
    });
}

function filesSchema() {
  return z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
}

/** The name of a part or a group; those that look like whole numbers need no quotes. */
function nameSchema() {
  return z.union([z.string().min(1), z.int()]).transform(String);
}

const groupsOf = 'true: all recordings of a group stay on one side. A list: these groups are held out.';

/** Test files, or what is held out of the training files. */
export function testSchema() {
  const keys = z.strictObject({
    split: nameSchema().optional().describe('The part that the data assign, by its name.'),
    fraction: z.number().gt(0).lt(1).optional().describe('Share of the recordings, stratified by class.'),
    groups: z
      .union([z.boolean(), z.array(nameSchema()).min(1)])
      .optional()
      .describe(groupsOf),
    fold: z
      .int()
      .min(0)
      .optional()
      .describe('Which of the folds, from 0; stratified by class, the same for every seed.'),
    of: z.int().min(2).optional().describe('Number of folds.'),
    leaveGroupOut: z
      .union([z.int().min(0), z.string().min(1)])
      .optional()
      .describe('The group to test on: its position in the order of names, from 0, or its name.'),
  });
  return z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1), keys])
    .transform((test, context) =>
      typeof test === 'string' || Array.isArray(test) ? test : (holdOutOf(test, context) ?? z.NEVER),
    )
    .describe(
      'What to test on once training is done: files, likewise, or what is held out of the training files.',
    );
}

function validationSchema() {
  const keys = z.strictObject({
    fraction: z
      .number()
      .gt(0)
      .lt(1)
      .optional()
      .describe('Share of the training recordings that is set aside, stratified by class. Default: 0.2.'),
    groups: z
      .union([z.boolean(), z.array(nameSchema()).min(1)])
      .optional()
      .describe(groupsOf),
    split: nameSchema().optional().describe('The part that the data assign, by its name.'),
  });
  return z
    .union([z.literal('none'), keys])
    .prefault({})
    .transform((validation, context) => {
      if (validation === 'none') return validation;
      const { split, fraction, groups = false } = validation;
      const isShare = split === undefined && typeof groups === 'boolean';
      const choice = isShare ? { fraction: fraction ?? 0.2, groups } : validation;
      return holdOutOf(choice, context) ?? z.NEVER;
    })
    .describe(
      'The part of the training recordings that chooses the best epoch. none: no validation, the training ' +
        'loss chooses.',
    );
}

interface HoldOutKeys {
  readonly split?: string | undefined;
  readonly fraction?: number | undefined;
  readonly groups?: boolean | readonly string[] | undefined;
  readonly fold?: number | undefined;
  readonly of?: number | undefined;
  readonly leaveGroupOut?: number | string | undefined;
}

/** What the keys of a mapping mean together; undefined where they do not fit, which is reported. */
function holdOutOf(keys: HoldOutKeys, context: z.core.$RefinementCtx): HoldOut | undefined {
  const problem = misfitOf(keys);
  if (problem !== null) {
    context.addIssue({ code: 'custom', ...problem });
    return undefined;
  }
  const { split, fraction, groups = false, fold, of, leaveGroupOut } = keys;
  if (split !== undefined) return { split };
  if (typeof groups === 'object') return { groups };
  if (fraction !== undefined) return { fraction, groups };
  if (leaveGroupOut !== undefined) return { leaveGroupOut };
  return fold === undefined || of === undefined ? undefined : { fold, of, groups };
}

/** Why the keys of a mapping do not fit together, at the key to change; null where they do. */
function misfitOf(keys: HoldOutKeys): { path: string[]; message: string } | null {
  const { groups, fold = 0, of } = keys;
  const misfit = (path: string[], message: string) => ({ path, message });
  const isList = typeof groups === 'object';
  const named = (['split', 'fraction', 'fold', 'leaveGroupOut'] as const).filter(
    (key) => keys[key] !== undefined,
  );
  const ways = [...named, ...(isList ? ['groups'] : [])];
  const [way, another] = [ways.at(0), ways.at(1)];
  if (way !== undefined && another !== undefined) {
    return misfit([another], `cannot stand beside ${way}, which says it all. Take one of them out`);
  }
  if (groups !== undefined && !isList && way !== 'fraction' && way !== 'fold') {
    const what =
      way === undefined
        ? 'expected a list of groups, or a fraction beside it'
        : `means nothing beside ${way}`;
    return misfit(['groups'], what);
  }
  if (of !== undefined && way !== 'fold') {
    return misfit(['of'], 'needs fold beside it, which of the folds to test on');
  }
  if (way === undefined) return misfit([], 'expected one of split, fraction, groups, fold and leaveGroupOut');
  if (way !== 'fold') return null;
  if (of === undefined) return misfit(['fold'], 'needs of beside it, the number of folds');
  return fold < of ? null : misfit(['fold'], `expected a fold from 0 to ${of - 1}, found ${fold}`);
}

function timestampsSchema() {
  return z.strictObject({
    duplicates: z
      .enum(['error', 'first', 'last', 'mean'])
      .default('error')
      .describe('Steps of one recording at the same time: an error, or which counts.'),
    unordered: z
      .enum(['error', 'sort'])
      .default('error')
      .describe('A step with an earlier time than the one before: an error, or steps are sorted by time.'),
    gap: z
      .union([z.literal('none'), z.number().positive()])
      .optional()
      .describe(
        'The longest time between two steps, in the unit of the times; windows end where more lies between, and nothing is ' +
          'filled or resampled across. none: any time may lie between.',
      ),
  });
}

function resamplingSchema() {
  return z.strictObject({
    period: z
      .number()
      .positive()
      .describe('Time from step to step, in the unit of the times; dates and timestamps are in seconds.'),
    method: z
      .enum(['linear', 'previous'])
      .default('linear')
      .describe('Values between two steps: on a line from one to the other, or the one before.'),
  });
}

function windowsSchema() {
  return z
    .strictObject({
      length: z.int().min(1).describe('Steps of a window.'),
      stride: z
        .int()
        .min(1)
        .optional()
        .describe('Steps from the start of a window to that of the next. Default: length, without overlap.'),
      label: z
        .enum(['majority', 'last'])
        .default('majority')
        .describe('The class of a window: that of most of its steps, or of its last.'),
      minPurity: z
        .number()
        .min(0)
        .max(1)
        .default(0)
        .describe("Share of a window's steps that have its class, at least; windows with less are left out."),
      rest: z
        .enum(['keep', 'drop'])
        .default('keep')
        .describe('What no whole window reaches at the end of a recording: a shorter window, or left out.'),
      aggregate: z
        .enum(['mean', 'vote'])
        .default('mean')
        .describe(
          "How a recording's windows make its prediction: the mean of their probabilities, or each a vote.",
        ),
    })
    .transform(({ length, stride = length, ...others }) => ({ length, stride, ...others }));
}

function paddingSchema() {
  return z
    .union([
      z.literal('none'),
      z.strictObject({
        length: z
          .int()
          .min(1)
          .describe('Steps that every recording is padded to; the longest may have no more.'),
        masked: z
          .boolean()
          .default(true)
          .describe('Whether the model is told which steps are padding; else they count as data.'),
      }),
    ])
    .default('none')
    .describe(
      'Pads every recording with zeros, after normalisation, to study what padding does. none: batches are padded ' +
        'no further than they must be, and padding is masked.',
    );
}

function columnsSchema() {
  return z
    .strictObject({
      file: z.string().optional().describe('Column of a table of files that names them.'),
      recording: z.string().optional().describe('Column that tells which recording a row belongs to.'),
      time: z.string().optional().describe('Column with the time of a row.'),
      channels: z
        .array(z.string())
        .min(1)
        .optional()
        .describe('Columns that are channels. Default: all others.'),
      label: z.string().optional().describe('Column with the class.'),
      group: z.string().optional().describe('Column with the group (subject, machine, …).'),
      split: z.string().optional().describe('Column with the part of a recording (train, test, …).'),
    })
    .optional()
    .describe(
      'Columns of a CSV or Parquet file, or keys of JSON lines, that are not named in one of the known ways.',
    );
}
