// Applies augmentations one after another. What becomes of a recording depends on the seed, the epoch and the recording,
// and on nothing else: not on its batch, the order, or where training was interrupted.
import { generatorFor } from '../../shared/draws.js';
import { UserError } from '../../shared/errors.js';
import { didYouMean } from '../../shared/nearest.js';
import type { BatchedRecordings } from '../recordings.js';
import type { Sample } from './augmentation.js';
import { augmentations } from './registry.js';

/** An augmentation by its name, with options. */
export type AugmentationChoice = { readonly name: string } & Readonly<Record<string, unknown>>;

/** Augmentations that are ready to be applied. */
export interface Augmenter {
  /** Whether samples may have partners. */
  readonly mixes: boolean;
  /**
   * Changes a sample in place.
   * @param index which of the recordings it is
   * @param epoch from 1
   */
  augment(sample: Sample, index: number, epoch: number): void;
}

/**
 * Makes augmentations ready for the recordings that are trained on, in the order of the list; null for none. All that it
 * takes can be sent to another thread, which then makes its own.
 *
 * @param recordings normalised
 * @throws UserError when there is none of that name, an option is unknown or does not fit the recordings, or mixup is
 * not the last
 */
export function createAugmenter(
  choices: 'none' | readonly AugmentationChoice[],
  recordings: BatchedRecordings,
  seed: number,
): Augmenter | null {
  if (choices === 'none') return null;
  const misplaced = misplacedMixup(choices);
  if (misplaced !== null) throw new UserError(`${keyOf(misplaced)}: ${mixupIsLast}.`);
  const augments = choices.map(({ name, ...options }, i) => {
    const known = Object.keys(augmentations);
    if (!known.includes(name)) {
      const hint = `${didYouMean(name, known)} Known: ${known.join(', ')}.`;
      throw new UserError(`${keyOf(i)}: there is no augmentation "${name}".${hint}`);
    }
    return augmentations[name].prepare(options, { recordings, key: keyOf(i) });
  });
  return {
    mixes: mixes(choices),
    augment: (sample, index, epoch) => {
      for (const [i, augment] of augments.entries()) {
        augment(sample, generatorFor(seed, 'augmentation', epoch, index, i));
      }
    },
  };
}

/** Whether samples may have partners. */
export function mixes(choices: 'none' | readonly { readonly name: string }[]): boolean {
  return choices !== 'none' && choices.at(-1)?.name === 'mixup';
}

/** Why `misplacedMixup` matters. */
export const mixupIsLast =
  'expected mixup once and as the last of the list, since its target says what the values are made of';

/** The position of a mixup that is not the last of the list; null where there is none. */
export function misplacedMixup(choices: readonly { readonly name: string }[]): number | null {
  const position = choices.findIndex(({ name }) => name === 'mixup');
  return position >= 0 && position < choices.length - 1 ? position : null;
}

function keyOf(position: number): string {
  return `train.augmentation.${position}`;
}
