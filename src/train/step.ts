// One training step and one prediction as pure functions over tensors: a batch and the state in, the new state and
// metrics out. Nothing is read from the device, and every number that varies is an input or a variable, so that a
// step can be recorded once and replayed as one graph.
import tf from '#tfjs';
import type { Batch } from '../data/batches.js';
import {
  crossEntropy,
  currentPrecision,
  mixedCrossEntropy,
  withPrecision,
  type CrossEntropyOptions,
  type Precision,
} from '../engine/kernels/index.js';
import { clipByGlobalNorm, decays, type Optimizer, type StepNumbers } from './optimizers.js';

/** A batch on the device. */
export interface BatchTensors {
  /** float32 `[batch, time, channels]`. */
  readonly values: tf.Tensor3D;
  /** int32 `[batch, 1]`. */
  readonly lengths: tf.Tensor2D;
  /** Class indices, int32 `[batch]`. */
  readonly labels: tf.Tensor1D;
  /** Where recordings are mixed: class indices of their partners, int32 `[batch]`, −1 for none … */
  readonly partnerLabels?: tf.Tensor1D;
  /** … and the partners' shares of the targets, float32 `[batch]`. */
  readonly partnerShares?: tf.Tensor1D;
}

/** What training changes: the model's weights and the optimizer's memory of each trainable one. */
export interface TrainingState {
  readonly model: tf.LayersModel;
  /** Trainable weights, in the model's order. */
  readonly parameters: readonly tf.Variable[];
  /** The optimizer's slots of each parameter. */
  readonly slots: readonly (readonly tf.Variable[])[];
}

/** What a step tells, still on the device. */
export interface StepMetrics {
  readonly loss: tf.Scalar;
  /**
   * Recordings of the batch that the model, in training mode, classified correctly; of a mixed one as that of its two
   * labels that has the larger share.
   */
  readonly correct: tf.Scalar;
}

export interface StepOptions extends CrossEntropyOptions {
  readonly optimizer: Optimizer;
  /** Largest norm of all gradients together; null does not clip. */
  readonly gradientClipping: number | null;
  /** Of convolutions and the products in attention. Default: the one that holds, see `withPrecision`. */
  readonly precision?: Precision;
}

/** The state in which training begins: the model's weights and zeros. */
export function createTrainingState(model: tf.LayersModel, optimizer: Optimizer): TrainingState {
  const parameters: tf.Variable[] = model.trainableWeights
    .map((weight) => weight.read())
    .filter((value): value is tf.Variable => value instanceof tf.Variable);
  const slots = parameters.map(({ shape }) => optimizer.slots.map(() => tf.variable(tf.zeros(shape), false)));
  return { model, parameters, slots };
}

/** Frees the optimizer's memory; the model stays. */
export function disposeSlots({ slots }: TrainingState): void {
  for (const variable of slots.flat()) variable.dispose();
}

/** Moves a batch to the device; the caller disposes of it. */
export function toTensors({ values, shape, lengths, labels, partners }: Batch): BatchTensors {
  const mixed = partners && {
    partnerLabels: tf.tensor1d(partners.labels, 'int32'),
    partnerShares: tf.tensor1d(partners.shares, 'float32'),
  };
  return {
    values: tf.tensor3d(values, [...shape], 'float32'),
    lengths: tf.tensor2d(lengths, [lengths.length, 1], 'int32'),
    labels: tf.tensor1d(labels, 'int32'),
    ...mixed,
  };
}

/** One update of the state by one batch: forward, gradients, optimizer. */
export function trainStep(
  { model, parameters, slots }: TrainingState,
  { values, lengths, labels, partnerLabels, partnerShares }: BatchTensors,
  numbers: StepNumbers,
  { optimizer, gradientClipping, precision = currentPrecision(), ...lossOptions }: StepOptions,
): StepMetrics {
  return tf.tidy(() => {
    let correct = tf.scalar(0);
    const { value: loss, grads } = tf.variableGrads(() => {
      const logits = withPrecision(precision, () => logitsOf(model, { values, lengths }, true));
      const results = logits.map((each) =>
        partnerLabels === undefined || partnerShares === undefined
          ? crossEntropy(each, labels, lossOptions)
          : mixedCrossEntropy(each, labels, { labels: partnerLabels, shares: partnerShares }, lossOptions),
      );
      // Networks of an ensemble share nothing, so that the sum of their losses trains each for itself.
      correct = tf.keep(meanOf(results.map((result) => result.correct)));
      return sumOf(results.map((result) => result.loss));
    }, [...parameters]);
    const raw = parameters.map(({ name }) => grads[name]);
    const gradients = gradientClipping === null ? raw : clipByGlobalNorm(raw, gradientClipping);
    const inputs = parameters.map((parameter, i) => {
      return { parameter, gradient: gradients[i], slots: slots[i], decay: decays(parameter.shape) };
    });
    for (const [i, updated] of optimizer.update(inputs, numbers).entries()) {
      parameters[i].assign(updated.parameter);
      for (const [j, slot] of slots[i].entries()) slot.assign(updated.slots[j]);
    }
    return { loss: meanOf([loss], model.outputs.length), correct };
  });
}

/**
 * Log-probabilities of each class, `[batch, classes]`; of an ensemble, those of the average probabilities.
 *
 * @param model maps values and lengths to logits
 */
export function predictStep(model: tf.LayersModel, batch: Omit<BatchTensors, 'labels'>): tf.Tensor2D {
  return tf.tidy(() => {
    const logits = logitsOf(model, batch, false);
    if (logits.length === 1) return tf.logSoftmax(logits[0]);
    const logProbabilities = tf.stack(logits.map((each) => tf.logSoftmax(each)));
    return tf.sub(tf.logSumExp<tf.Tensor2D>(logProbabilities, 0), Math.log(logits.length));
  });
}

/** The logits of each network of a model, `[batch, classes]`. */
function logitsOf(
  model: tf.LayersModel,
  { values, lengths }: Omit<BatchTensors, 'labels'>,
  training: boolean,
): tf.Tensor2D[] {
  const outputs = model.apply([values, lengths], { training }) as tf.Tensor2D | tf.Tensor2D[];
  return Array.isArray(outputs) ? outputs : [outputs];
}

function sumOf(values: tf.Scalar[]): tf.Scalar {
  return values.length === 1 ? values[0] : tf.addN(values);
}

function meanOf(values: tf.Scalar[], count = values.length): tf.Scalar {
  return count === 1 ? sumOf(values) : tf.div(sumOf(values), count);
}
