// The steps of a run, one operation at a time: where nothing can be compiled.
import tf from '#tfjs';
import type { Batch } from '../data/index.js';
import type { Steps, StepsSource, Training } from './compiledSteps.js';
import { addGradients, applySums, createSums, inParts, trainInParts } from './microBatches.js';
import type { StepNumbers } from './optimizers.js';
import { predictStep, toTensors, trainStep, type BatchTensors } from './step.js';

/** @param warning as of `Steps` */
export function eagerSteps({ model, training }: StepsSource, warning: string | null): Steps {
  const sums = training !== undefined && inParts(training) ? createSums(training.state) : [];
  return {
    captureSeconds: 0,
    warning,
    device: null,
    train: (batch, numbers) => {
      if (training === undefined) throw new Error('these steps only predict');
      return eagerTraining(training, sums)(batch, numbers);
    },
    predict: (batch) => tf.tidy(() => predictStep(model, toTensors(batch))),
    store: () => undefined,
    dispose: () => {
      tf.dispose(sums);
    },
  };
}

function eagerTraining(training: Training, sums: readonly tf.Variable[]): Steps['train'] {
  const { state, options } = training;
  const withTensors = <Result>(
    batch: Batch | null,
    values: Readonly<Record<string, number>>,
    act: (tensors: BatchTensors, scalars: Record<string, tf.Scalar>) => Result,
  ): Result => {
    const tensors = batch === null ? {} : toTensors(batch);
    const scalars = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, tf.scalar(value)]));
    try {
      return act(tensors as BatchTensors, scalars);
    } finally {
      tf.dispose([{ ...tensors }, scalars]);
    }
  };
  if (!inParts(training)) {
    return (batch, { learningRate, step }) =>
      withTensors(batch, { learningRate, step }, (tensors, scalars) =>
        trainStep(state, tensors, scalars as unknown as StepNumbers, options),
      );
  }
  return trainInParts(
    training,
    (batch, share) =>
      withTensors(batch, { share }, (tensors, scalars) =>
        addGradients(state, sums, tensors, scalars.share, options),
      ),
    ({ learningRate, step }) => {
      withTensors(null, { learningRate, step }, (_, scalars) => {
        applySums(state, sums, scalars as unknown as StepNumbers, options);
      });
    },
  );
}
