// What a model is to the rest of masq: a named builder with declared options.
import type * as tf from '@tensorflow/tfjs';
import type { z } from 'zod';
import type { AttentionChoice } from '../layers/index.js';

/** What a builder is told besides its options. */
export interface ModelContext {
  /** Channels of a recording. */
  readonly channels: number;
  readonly classes: number;
  /** The attention to put where the model has a place for it. */
  readonly attention: AttentionChoice;
  /** Decides the initial weights. */
  readonly seed: number;
}

/**
 * A model that a config can name. It maps `[values [batch, time, channels], lengths int32 [batch, 1]]` to logits
 * `[batch, classes]`.
 */
export interface ModelKind {
  readonly description: string;
  /** The paper. */
  readonly source: string;
  readonly options: z.ZodObject;
  /** @throws z.ZodError when the options do not fit */
  build(options: unknown, context: ModelContext): tf.LayersModel;
}

/** A model kind from a builder that takes checked options. */
export function defineModel<Options extends z.ZodObject>(
  definition: Omit<ModelKind, 'options' | 'build'> & {
    options: Options;
    build(options: z.output<Options>, context: ModelContext): tf.LayersModel;
  },
): ModelKind {
  return {
    ...definition,
    build: (options, context) => definition.build(definition.options.parse(options), context),
  };
}
