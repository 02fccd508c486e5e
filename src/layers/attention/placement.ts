// Attention where a model has a place for it: chosen by name, and put before, inside or after a block.
import type tf from '#tfjs';
import { z } from 'zod';
import { UserError } from '../../shared/errors.js';
import { didYouMean } from '../../shared/nearest.js';
import { attentions, type AttentionContext } from './registry.js';

/** `none`, a name, or a name with options, `placement` among them. */
export type AttentionChoice = string | ({ readonly name: string } & Readonly<Record<string, unknown>>);

/**
 * Where attention stands in a block with a shortcut (Hu, Shen, Sun 2018, arXiv:1709.01507, "integration strategy"):
 * `standard` on the branch before the sum, `pre` before the branch, `post` after the sum and its activation, `identity` on the
 * shortcut. In a block without a shortcut: `standard` after it, `pre` before it.
 */
export const placements = ['standard', 'pre', 'post', 'identity'] as const;

export type Placement = (typeof placements)[number];

export const placementOption = z
  .enum(placements)
  .default('standard')
  .describe(
    'Where in a block: on the branch (standard), before it (pre), after the sum (post), on the shortcut (identity).',
  );

/** The name in a choice. */
export function attentionName(choice: AttentionChoice): string {
  return typeof choice === 'string' ? choice : choice.name;
}

/** The placement in a choice. */
export function attentionPlacement(choice: AttentionChoice): Placement {
  const placement = typeof choice === 'string' ? undefined : choice.placement;
  if (placement === undefined) return 'standard';
  const known = placements.find((name) => name === placement);
  if (known !== undefined) return known;
  throw new UserError(
    `Attention "${attentionName(choice)}": placement is ${JSON.stringify(placement)}; expected one of ` +
      `${placements.join(', ')}.${typeof placement === 'string' ? didYouMean(placement, placements) : ''}`,
  );
}

/**
 * Puts an attention after `x` where the choice places it there, or nothing. A block calls it at each of its places.
 *
 * @param x `[batch, time, channels]`
 * @returns a tensor of the same shape
 * @throws UserError when there is no attention of that name, or an option does not fit
 */
export function applyAttention(
  x: tf.SymbolicTensor,
  choice: AttentionChoice,
  context: AttentionContext,
  here: Placement = 'standard',
): tf.SymbolicTensor {
  const name = attentionName(choice);
  if (name === 'none') return x;
  const known = Object.keys(attentions);
  if (!known.includes(name)) {
    throw new UserError(
      `There is no attention "${name}".${didYouMean(name, known)} Known: none, ${known.join(', ')}.`,
    );
  }
  if (attentionPlacement(choice) !== here) return x;
  const options = typeof choice === 'string' ? {} : withoutPlace(choice);
  return attentions[name].build(options, context).apply(x) as tf.SymbolicTensor;
}

/**
 * Refuses a placement that a model has no place for, so that no attention is left out in silence.
 *
 * @throws UserError naming the placements that there are, or saying that there is none
 */
export function assertPlacement(
  choice: AttentionChoice,
  possible: readonly Placement[],
  model: string,
): void {
  if (attentionName(choice) === 'none' || possible.includes(attentionPlacement(choice))) return;
  if (possible.length === 0) {
    throw new UserError(
      `Model "${model}" has no place for attention, found "${attentionName(choice)}"; expected none.`,
    );
  }
  throw new UserError(
    `Model "${model}" has no place for attention with placement "${attentionPlacement(choice)}"; it has: ` +
      `${possible.join(', ')}.`,
  );
}

/** The attention's own options. */
function withoutPlace(choice: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(choice).filter(([key]) => key !== 'name' && key !== 'placement'));
}
