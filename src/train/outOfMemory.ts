// Memory that does not suffice for a batch: what fits instead, and how training goes on in parts.
import tf from '#tfjs';
import type { BatchShape } from '../data/index.js';
import { isOutOfMemory } from '../engine/index.js';
import { counted } from '../shared/counted.js';
import { messageOf } from '../shared/errors.js';
import { compileSteps, type Training } from './compiledSteps.js';
import type { TrainingState } from './step.js';
import { OutOfMemoryError } from './trainingErrors.js';

/** The error for a batch that did not fit. */
export function outOfMemory({ rows, time }: BatchShape, cause: unknown): OutOfMemoryError {
  const tensor = /allocating tensor with shape(\[[\d,]*\])/.exec(messageOf(cause))?.[1];
  const which = tensor === undefined ? '' : `, for a tensor ${tensor} among others`;
  return new OutOfMemoryError(
    { rows, time },
    `Out of memory: a batch of ${counted(rows, 'recording')} of ${time} steps does not fit${which}; this process holds ` +
      `${(process.memoryUsage().rss / 1e9).toFixed(1)} GB.`,
    cause,
  );
}

/**
 * What ended training as the error for a batch that did not fit, also where memory ran out between batches, as in compiling or in
 * reading metrics back; null for anything else.
 */
export function asOutOfMemory(error: unknown, { shapes }: Training): OutOfMemoryError | null {
  if (error instanceof OutOfMemoryError) return error;
  return isOutOfMemory(error) ? outOfMemory(largest(shapes), error) : null;
}

function largest(shapes: readonly BatchShape[]): BatchShape {
  return shapes.reduce((a, b) => (b.rows * b.time > a.rows * a.time ? b : a));
}

/**
 * The same error with what to do: the batch size that fits is found by trying half as many recordings, again and again, as long as
 * those of the longest batches, so that none of them fails later.
 */
export function withAdvice(error: OutOfMemoryError, training: Training): OutOfMemoryError {
  const { rows } = error.shape;
  const time = Math.max(...training.shapes.map((shape) => shape.time));
  const fitting = fittingRows(training, { rows, time });
  const advice =
    fitting === 0
      ? `Not even one recording of ${time} steps fits. Take a smaller model, cut recordings (data.maxLength or data.windows), or ` +
        'free memory.'
      : `${fitting}${time === error.shape.time ? '' : ` of ${time} steps`} fit: set train.batchSize to ${fitting}, or train.onOutOfMemory to accumulate, which sums the gradients of ` +
        `${2 ** Math.ceil(Math.log2(rows / fitting))} parts of a batch (batch normalisation then has the statistics of each part).`;
  return new OutOfMemoryError(error.shape, `${error.message} ${advice}`, error.cause);
}

/** What the user hears when training goes on without the sets on the device. */
export function goesOnFromHost({ message }: OutOfMemoryError): string {
  return (
    `${message} Training goes on from the end of the epoch before, with recordings kept by the host instead of the device, which changes ` +
    'nothing but rounding.'
  );
}

/** What the user hears when training goes on in parts. */
export function goesOnInParts({ message }: OutOfMemoryError, parts: number): string {
  return (
    `${message} Training goes on from the end of the epoch before, with the gradients of ${parts} parts of each batch summed; ` +
    'batch normalisation has the statistics of each part.'
  );
}

/** The most rows, of half as many as did not fit, a quarter, and so on, of which a training step fits; 0: none. */
function fittingRows({ state, ...training }: Training, { rows, time }: BatchShape): number {
  const channels = state.model.inputs[0].shape.at(-1) ?? 0;
  const before = snapshot(state);
  try {
    for (let half = Math.floor(rows / 2); half >= 1; half = Math.floor(half / 2)) {
      if (fits({ ...training, state, shapes: [{ rows: half, time }], parts: 1 }, [half, time, channels]))
        return half;
    }
    return 0;
  } finally {
    before.restore();
  }
}

function fits(training: Training, shape: readonly [number, number, number]): boolean {
  const [rows, time, channels] = shape;
  let steps: ReturnType<typeof compileSteps> | undefined;
  try {
    steps = compileSteps({ model: training.state.model, training, predictionShapes: [] });
    const partners = { labels: new Int32Array(rows).fill(-1), shares: new Float32Array(rows) };
    const batch = {
      values: new Float32Array(rows * time * channels),
      shape,
      lengths: new Int32Array(rows).fill(time),
      labels: new Int32Array(rows),
      indices: new Int32Array(rows),
      ...(training.mixed === true ? { partners } : {}),
    };
    const { loss, correct } = steps.train(batch, { learningRate: 0, step: 1 });
    loss.dataSync();
    tf.dispose([loss, correct]);
    return true;
  } catch (error) {
    if (!isOutOfMemory(error)) throw error;
    return false;
  } finally {
    steps?.dispose();
  }
}

/** Holds what the variables of a state are now. */
export interface Snapshot {
  /** Gives them these values again, and lets go of them. */
  readonly restore: () => void;
  readonly dispose: () => void;
}

export function snapshot({ model, slots }: TrainingState): Snapshot {
  const weights = model.weights.map((weight) => weight.read());
  const variables = [...weights, ...slots.flat()].filter(
    (value): value is tf.Variable => value instanceof tf.Variable,
  );
  const values = variables.map((variable) => tf.clone(variable));
  const dispose = (): void => {
    tf.dispose(values);
  };
  return {
    restore: () => {
      for (const [i, variable] of variables.entries()) variable.assign(values[i]);
      dispose();
    },
    dispose,
  };
}
