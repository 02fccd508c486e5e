// What an augmentation is: a random change of one recording on its way into a batch of training.
import { z } from 'zod';
import { checkOptions } from '../../shared/checkValue.js';
import { uniform, type RandomGenerator } from '../../shared/draws.js';
import type { BatchedRecordings } from '../recordings.js';

/** A recording on its way into a batch. Augmentations change it in place. */
export interface Sample {
  /** Its valid steps and nothing else, `[time, channels]`; at least one. An augmentation may leave fewer, but no more. */
  values: Float32Array;
  /** What was mixed into it. */
  partner: Partner | null;
}

/** Another recording's part in a sample. */
export interface Partner {
  /** Index of its class. */
  readonly label: number;
  /** Its share of the target, 0 to 1; the rest is that of the recording itself. */
  readonly share: number;
}

/** Changes a sample by numbers that it draws from `random` alone. */
export type Augment = (sample: Sample, random: RandomGenerator) => void;

/** Where an augmentation works. */
export interface AugmentationContext {
  /** The recordings that are trained on, normalised. */
  readonly recordings: BatchedRecordings;
  /** The key of the config that names it, for messages: `train.augmentation.0`. */
  readonly key: string;
}

/** An augmentation that a config can name. */
export interface Augmentation {
  readonly description: string;
  /** The paper. */
  readonly source: string;
  readonly options: z.ZodObject;
  /** @throws UserError when the options do not fit, or do not fit the recordings */
  prepare(options: unknown, context: AugmentationContext): Augment;
}

type Options = z.ZodObject<{ probability: ReturnType<typeof probability> }>;

/** What {@link defineAugmentation} takes. */
interface Definition<Own extends Options> {
  readonly description: string;
  readonly source: string;
  readonly options: Own;
  prepare(options: z.output<Own>, context: AugmentationContext): Augment;
}

/** An augmentation that checks its options, and leaves recordings as they are where its probability says so. */
export function defineAugmentation<Own extends Options>(definition: Definition<Own>): Augmentation {
  const { description, source, options } = definition;
  return {
    ...{ description, source, options },
    prepare: (given, context) => {
      const checked = checkOptions(options, given, context.key);
      const augment = definition.prepare(checked, context);
      return (sample, random) => {
        if (uniform(random) < checked.probability) augment(sample, random);
      };
    },
  };
}

/** The option that every augmentation has. */
export function probability(value = 0.5) {
  return z
    .number()
    .min(0)
    .max(1)
    .default(value)
    .describe('Probability with which it changes a recording, drawn anew in every epoch.');
}

/** The option `sigma`, a standard deviation. */
export function sigma(value: number, of: string) {
  return z.number().positive().default(value).describe(`Standard deviation of ${of}.`);
}

/** The option `knots` of curves. */
export function knots() {
  return z
    .int()
    .min(1)
    .max(1000)
    .default(4)
    .describe('Points of the curve between its ends, at equal distances.');
}
