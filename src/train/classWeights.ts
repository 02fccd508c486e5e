// Class weights as a config names them: none, balanced, or one for every label.
import type { Recordings } from '../data/index.js';
import { UserError } from '../shared/errors.js';
import { didYouMean } from '../shared/nearest.js';
import type { Config } from './config.js';
import { balancedClassWeights } from './loss.js';

/**
 * One weight a class, `[classes]`, or null for none.
 *
 * @throws UserError when weights are given for an unknown label, or not for all
 */
export function classWeightsFor(
  weights: Config['train']['classWeights'],
  { labels, classes }: Pick<Recordings, 'labels' | 'classes'>,
): Float32Array | null {
  if (weights === 'none') return null;
  if (weights === 'balanced') return balancedClassWeights(labels, classes.length);
  for (const label of Object.keys(weights)) {
    if (!classes.includes(label)) {
      throw new UserError(
        `train.classWeights has a weight for "${label}", which is no class of the training data.` +
          `${didYouMean(label, classes)} Classes: ${classes.join(', ')}.`,
      );
    }
  }
  return Float32Array.from(classes, (label) => {
    if (!Object.hasOwn(weights, label))
      throw new UserError(`train.classWeights has no weight for the class "${label}".`);
    return weights[label];
  });
}
