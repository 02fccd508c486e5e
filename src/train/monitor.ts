// The metric that chooses the best epoch: its name, its value in an epoch, and which values are better.
import type { EpochRecord } from './fit.js';

/** The part of `train` in a config that names it. */
interface Stopping {
  readonly earlyStopping: 'none' | { readonly monitor: string };
}

/** Such as `validation.loss`. */
export function monitorOf({ earlyStopping }: Stopping, hasValidation: boolean): string {
  if (earlyStopping !== 'none') return earlyStopping.monitor;
  return hasValidation ? 'validation.loss' : 'train.loss';
}

/** What a monitor says of an epoch; NaN where the epoch has no such metric. */
export function monitored(record: Pick<EpochRecord, 'train' | 'validation'>, monitor: string): number {
  const [part, name] = monitor.split('.');
  const values: Readonly<Record<string, number>> | undefined =
    part === 'train' ? record.train : record.validation;
  return values?.[name] ?? NaN;
}

/** Losses are better when they are lower, accuracies when they are higher. */
export function betterOf(monitor: string): 'higher' | 'lower' {
  return monitor.endsWith('accuracy') ? 'higher' : 'lower';
}
