// An epoch of a trial in a few words.
import type { Config, EpochRecord } from '../../train/index.js';

/** What an epoch's event says; the losses and accuracies are those of validation where there is any. */
export function describeEpoch(
  { epoch, train, validation }: EpochRecord,
  config: Config,
): { epoch: number; epochs: number; text: string } {
  const [part, { loss, accuracy }] =
    validation === undefined ? (['training', train] as const) : (['validation', validation] as const);
  return {
    epoch,
    epochs: config.train.epochs,
    text: `${part}: loss ${loss.toFixed(4)}, accuracy ${accuracy.toFixed(3)}`,
  };
}
