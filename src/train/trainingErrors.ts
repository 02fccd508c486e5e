// Why training ends before its last epoch.
import type { BatchShape } from '../data/index.js';
import type { Config } from './config.js';

/** The loss or a weight became NaN or infinite. */
export class NonFiniteLossError extends Error {
  override readonly name = 'NonFiniteLossError';
}

/** The error for something that is no longer finite, which names when and what to try. */
export function nonFinite(
  what: string,
  { epoch, step }: { epoch: number; step: number },
  { optimizer, gradientClipping }: Config['train'],
): NonFiniteLossError {
  const clipping = gradientClipping === 'none' ? ', set train.gradientClipping to 1' : '';
  return new NonFiniteLossError(
    `${what} in epoch ${epoch}, step ${step}. Try a lower train.optimizer.learningRate ` +
      `(now ${optimizer.learningRate})${clipping}, or look for extreme values in the data with ` +
      '"masq data describe". The checkpoints of earlier epochs are kept.',
  );
}

/** A batch of this shape did not fit into memory. */
export class OutOfMemoryError extends Error {
  override readonly name = 'OutOfMemoryError';

  constructor(
    readonly shape: BatchShape,
    message: string,
    cause: unknown,
  ) {
    super(message, { cause });
  }
}

/** Training was interrupted, after `onCheckpoint`. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}
