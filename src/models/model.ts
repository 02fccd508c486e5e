// What a model is to the rest of masq: a named builder with declared options.
import type tf from '#tfjs';
import type { z } from 'zod';
import { assertPlacement, type AttentionChoice, type Placement } from '../layers/index.js';
import { checkOptions } from '../shared/checkValue.js';

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
 * `[batch, classes]`; an ensemble has the logits of each network as outputs of their own.
 */
export interface ModelKind {
  readonly description: string;
  /** The paper. */
  readonly source: string;
  /** The attention of the published network, used where none is named. */
  readonly attention: AttentionChoice;
  /** Where attention can be placed; empty for a model that has no place for it. */
  readonly placements: readonly Placement[];
  readonly options: z.ZodObject;
  /** @throws UserError when the options do not fit, or the attention has a placement that the model lacks */
  build(options: unknown, context: ModelContext): tf.LayersModel;
}

/** A model kind from a builder that takes checked options. */
export function defineModel<Options extends z.ZodObject>(
  name: string,
  definition: Omit<ModelKind, 'options' | 'build'> & {
    options: Options;
    build(options: z.output<Options>, context: ModelContext): tf.LayersModel;
  },
): ModelKind {
  return {
    ...definition,
    build: (options, context) => {
      assertPlacement(context.attention, definition.placements, name);
      return definition.build(checkOptions(definition.options, options, `Model "${name}"`), context);
    },
  };
}
