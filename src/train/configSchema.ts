// The schema of a config: every key with its type, default and meaning. Options of models and attention come from
// their registries when the schema is built, so that one registered at run time is known at once.
import { z } from 'zod';
import { augmentations, misplacedMixup, mixupIsLast } from '../data/index.js';
import { attentions, models, placementOption, type ModelKind } from '../models/index.js';
import { nameOf, trackerNames } from '../track/tracker.js';
import { dataSchema } from './dataSchema.js';

/** A config as a user may write it: keys with a default may be left out. */
export type ConfigInput = z.input<ReturnType<typeof configSchema>>;

/** A config with every key that has a default filled in. */
export type Config = z.output<ReturnType<typeof configSchema>>;

/** Keys whose value is a name, or a mapping of that name and its options. */
const choiceKeys: readonly string[] = ['model', 'model.attention', 'train.optimizer', 'train.schedule'];

/** Whether the value at a key path of a config is such a name or mapping: at one of `choiceKeys`, or in a list of them. */
export function isChoice(path: string): boolean {
  return choiceKeys.includes(path) || /^train\.augmentation\.\d+$/.test(path);
}

/** Builds the schema of a config from what is registered now. */
export function configSchema() {
  return z
    .strictObject({
      name: z
        .string()
        .regex(/^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u, {
          error: 'expected letters, digits, "_", "-" and "." only, as it names a folder',
        })
        .describe('Names the run: its folder is runs/<name>/<run id>.'),
      seed: z
        .int()
        .min(0)
        .max(2 ** 32 - 1)
        .default(1)
        .describe(
          'Decides initial weights, the order of recordings and what is drawn for validation and test.',
        ),
      modules: z
        .array(z.string().min(1))
        .default([])
        .describe(
          'JavaScript modules to import first, e.g. to register attention; relative to the working directory.',
        ),
      data: dataSchema().describe('What to train and test on.'),
      model: modelSchema().describe('The network: its name, or its name with options.'),
      train: trainSchema().prefault({}).describe('How to train.'),
      track: trackSchema()
        .default([])
        .describe(
          'Trackers beside the run directory: tensorboard writes event files to it, mlflow sends to a server.',
        ),
    })
    .check((context) => {
      const { sampling, classWeights } = context.value.train;
      if (sampling !== 'balanced' || classWeights !== 'balanced') return;
      context.issues.push({
        code: 'custom',
        input: classWeights,
        path: ['train', 'classWeights'],
        message:
          'balanced beside train.sampling balanced would count small classes twice over. Leave one of them out, or give ' +
          'every class a weight',
      });
    })
    .check((context) => {
      const { data, train } = context.value;
      if (data.columns?.file !== undefined && (data.format ?? 'csv-files') !== 'csv-files') {
        context.issues.push({
          code: 'custom',
          input: data.columns.file,
          path: ['data', 'columns', 'file'],
          message: `names the files of a table, but data.format is ${data.format}. Leave one out`,
        });
      }
      const { gap } = data.timestamps;
      if (data.resampling !== 'none' && typeof gap === 'number' && gap < data.resampling.period) {
        context.issues.push({
          code: 'custom',
          input: gap,
          path: ['data', 'timestamps', 'gap'],
          message: `expected at least data.resampling.period (${data.resampling.period}), found ${gap}`,
        });
      }
      if (data.validation !== 'none' || train.earlyStopping === 'none') return;
      if (!train.earlyStopping.monitor.startsWith('validation.')) return;
      context.issues.push({
        code: 'custom',
        input: train.earlyStopping.monitor,
        path: ['train', 'earlyStopping', 'monitor'],
        message:
          `"${train.earlyStopping.monitor}" needs a validation set, but data.validation is none. ` +
          'Monitor train.loss, or give data.validation a fraction',
      });
    });
}

function trackSchema() {
  const mlflow = z
    .strictObject({
      name: z.literal('mlflow').describe('The tracker.'),
      uri: z
        .string()
        .regex(/^https?:\/\//, { error: 'expected the address of a server, e.g. http://127.0.0.1:5000' })
        .optional()
        .describe('Address of the server. Default: the environment variable MLFLOW_TRACKING_URI.'),
      experiment: z
        .string()
        .min(1)
        .optional()
        .describe("The experiment. Default: MLFLOW_EXPERIMENT_NAME, else the run's or study's name."),
    })
    .describe('MLflow, by its REST API.');
  return z
    .array(z.union([z.enum(trackerNames), mlflow]))
    .refine((choices) => new Set(choices.map(nameOf)).size === choices.length, {
      error: 'expected each tracker once',
    });
}

// What is registered is known at run time only; the second half of each pipe states what every choice has.
function modelSchema() {
  const attention = choice(registered(attentions, () => ({ placement: placementOption }))).pipe(
    z.looseObject({ name: z.string() }),
  );
  const attentionOrNone = z.union([z.literal('none'), attention]);
  const keys = ({ attention: published, placements }: ModelKind) => ({
    attention: attentionOrNone
      .superRefine((chosen, context) => {
        if (chosen === 'none') return;
        const { name, placement } = chosen;
        if (placements.length === 0) {
          const message = `expected none, as the model has no place for attention, found "${name}"`;
          context.addIssue({ code: 'custom', message });
        } else if (placements.every((possible) => possible !== placement)) {
          const expected = `${placements.length > 1 ? 'one of ' : ''}${placements.join(', ')}`;
          const message = `expected ${expected} in this model, found "${String(placement)}"`;
          context.addIssue({ code: 'custom', path: ['placement'], message });
        }
      })
      .prefault(published as z.input<typeof attentionOrNone>)
      .describe('Attention where the model has a place for it: none, a name, or a name with options.'),
  });
  return choice(registered(models, keys)).pipe(
    z.looseObject({
      name: z.string(),
      attention: z.union([z.literal('none'), z.looseObject({ name: z.string() })]),
    }),
  );
}

function trainSchema() {
  return z.strictObject({
    epochs: z
      .int()
      .min(1)
      .default(100)
      .describe('Epochs; in each, as many training recordings are seen as there are.'),
    batchSize: z.int().min(1).default(32).describe('Recordings a training step.'),
    sampling: z
      .enum(['shuffle', 'balanced'])
      .default('shuffle')
      .describe(
        'Which recordings an epoch has: every one once (shuffle), or as many draws, the same number of each class (balanced).',
      ),
    lengthBuckets: z
      .union([z.enum(['auto', 'none']), z.int().min(1)])
      .default('auto')
      .describe(
        'How many different lengths batches are padded to, so that recordings of similar length share a batch: ' +
          'as many as pay (auto), only the longest (none), or at most so many.',
      ),
    augmentation: augmentationSchema()
      .default('none')
      .describe(
        'Random changes of the recordings that are trained on, in this order, drawn anew in every epoch: none, or a list ' +
          'of names, each bare or with options.',
      ),
    optimizer: choice({ adamw: adamwSchema(), sgd: sgdSchema() })
      .prefault('adamw')
      .describe('The optimizer and its options.'),
    schedule: choice({ cosine: cosineSchema(), constant: constantSchema(), 'one-cycle': oneCycleSchema() })
      .prefault('cosine')
      .describe('How the learning rate changes from step to step.'),
    earlyStopping: z
      .union([
        z.literal('none'),
        z.strictObject({
          monitor: z
            .enum(['validation.loss', 'validation.accuracy', 'train.loss'])
            .default('validation.loss')
            .describe('What has to improve.'),
          patience: z.int().min(1).default(20).describe('Epochs without improvement before training stops.'),
        }),
      ])
      .default('none')
      .describe('Stops training when it no longer improves.'),
    precision: z
      .enum(['float32', 'bfloat16'])
      .default('float32')
      .describe(
        'Number format in which convolutions, and separate matrix products of attention, compute; all else is float32. ' +
          'bfloat16 is faster and less exact, and needs a device that has it.',
      ),
    labelSmoothing: z
      .number()
      .min(0)
      .lt(1)
      .default(0)
      .describe('Share of each target that is spread evenly over all classes.'),
    gradientClipping: z
      .union([z.literal('none'), z.number().positive()])
      .default('none')
      .describe('Largest norm of all gradients together; larger ones are scaled down to it.'),
    classWeights: z
      .union([z.enum(['none', 'balanced']), z.record(z.string(), z.number().positive())])
      .default('none')
      .describe(
        'Weight of each class in the loss: none, balanced (inverse to its share), or a weight for every label.',
      ),
  });
}

function augmentationSchema() {
  const named = choice(registered(augmentations, () => ({}))).pipe(z.looseObject({ name: z.string() }));
  const list = z
    .array(named)
    .min(1)
    .superRefine((choices, context) => {
      const misplaced = misplacedMixup(choices);
      if (misplaced === null) return;
      context.addIssue({ code: 'custom', path: [misplaced], message: mixupIsLast });
    });
  return z.union([z.literal('none'), list]);
}

const learningRate = (rate: number) =>
  z.number().positive().default(rate).describe('Base learning rate, the highest that a schedule reaches.');

function adamwSchema() {
  return z
    .strictObject({
      name: z.literal('adamw').optional().default('adamw').describe('The optimizer.'),
      learningRate: learningRate(0.001),
      weightDecay: z.number().min(0).default(0.01).describe('Decoupled weight decay of kernels.'),
      beta1: z.number().min(0).lt(1).default(0.9).describe('Decay of the mean of gradients.'),
      beta2: z.number().gt(0).lt(1).default(0.999).describe('Decay of the mean of squared gradients.'),
      epsilon: z.number().positive().default(1e-8).describe('Added to the denominator.'),
    })
    .describe('AdamW (Loshchilov & Hutter 2019).');
}

function sgdSchema() {
  return z
    .strictObject({
      name: z.literal('sgd').describe('The optimizer.'),
      learningRate: learningRate(0.01),
      weightDecay: z.number().min(0).default(0).describe('L2 penalty of kernels, added to their gradient.'),
      momentum: z.number().min(0).lt(1).default(0.9).describe('Decay of the sum of gradients.'),
      nesterov: z.boolean().default(false).describe("Whether to use Nesterov's momentum."),
    })
    .refine(({ nesterov, momentum }) => !nesterov || momentum > 0, {
      error: 'needs a momentum above 0',
      path: ['nesterov'],
    })
    .describe('Stochastic gradient descent with momentum.');
}

const warmup = () =>
  z.number().min(0).max(1).default(0).describe('Share of the steps in which the rate climbs linearly.');

function cosineSchema() {
  return z
    .strictObject({
      name: z.literal('cosine').optional().default('cosine').describe('The schedule.'),
      warmup: warmup(),
      final: z.number().min(0).max(1).default(0).describe('Last rate as a share of the base rate.'),
    })
    .describe('Down to the final rate along half a cosine.');
}

function constantSchema() {
  return z
    .strictObject({ name: z.literal('constant').describe('The schedule.'), warmup: warmup() })
    .describe('The same rate throughout.');
}

function oneCycleSchema() {
  return z
    .strictObject({
      name: z.literal('one-cycle').describe('The schedule.'),
      pctStart: z.number().gt(0).lt(1).default(0.3).describe('Share of the steps in which the rate climbs.'),
      divFactor: z.number().min(1).default(25).describe('Base rate divided by the first rate.'),
      finalDivFactor: z.number().min(1).default(10_000).describe('First rate divided by the last rate.'),
      warmup: z
        .never({ error: 'one-cycle climbs by itself and takes no warmup; set pctStart instead' })
        .optional()
        .describe('Not for one-cycle, which has pctStart.'),
    })
    .describe('Up to the base rate and down again (Smith & Topin 2019).');
}

/** What a registry holds, each as the schema of its options with its name in front and further keys at the end. */
function registered<Kind extends { description: string; options: z.ZodObject }>(
  registry: Readonly<Record<string, Kind>>,
  keys: (kind: Kind) => z.ZodRawShape,
) {
  return Object.fromEntries(
    Object.entries(registry).map(([name, kind]) => [
      name,
      kind.options
        .safeExtend({ ...keys(kind), name: z.literal(name).describe('Its name.') })
        .strict()
        .describe(kind.description),
    ]),
  );
}

/** A name, which stands for its defaults, or `{ name, …options }`. It resolves to the latter. */
function choice<Variant extends z.ZodObject>(variants: Record<string, Variant>) {
  const [first, ...rest] = Object.values(variants);
  const mapping = z.discriminatedUnion('name', [first, ...rest]);
  return z.union([z.enum(Object.keys(variants)), mapping]).transform((value, context) => {
    if (typeof value !== 'string') return value;
    const parsed = mapping.safeParse({ name: value });
    if (parsed.success) return parsed.data;
    for (const { message, path } of parsed.error.issues) {
      context.issues.push({ code: 'custom', input: value, path, message });
    }
    return z.NEVER;
  });
}
