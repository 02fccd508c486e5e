// Masks: made from lengths, checked, and followed back through a model to see whether they arrive.
import tf from '#tfjs';
import { UserError } from '../shared/errors.js';

/** Masks that this module made, and foreign ones that it has checked. */
const prefixMasks = new WeakSet<tf.Tensor>();

/**
 * `mask[b, t] = t < lengths[b]`.
 *
 * @param lengths int32 `[batch]`
 * @param time padded length
 * @returns bool `[batch, time]`
 */
export function maskFromLengths(lengths: tf.Tensor1D, time: number): tf.Tensor2D {
  const steps = tf.range(0, time, 1, 'int32');
  // TensorFlow casts on a graphics card even what is int32 already, and then waits for it.
  const whole = lengths.dtype === 'int32' ? lengths : tf.cast(lengths, 'int32');
  const mask = tf.less<tf.Tensor2D>(tf.expandDims(steps, 0), tf.expandDims(whole, 1));
  prefixMasks.add(mask);
  return mask;
}

/** A mask of its own with the same values: tfjs disposes of the mask that hangs on a tensor together with it. */
export function copyMask(mask: tf.Tensor2D): tf.Tensor2D {
  const copy = tf.clone(mask);
  if (prefixMasks.has(mask)) prefixMasks.add(copy);
  return copy;
}

/**
 * Number of valid steps of each row, int32 `[batch]`.
 *
 * @param mask bool `[batch, time]`
 */
export function lengthsFromMask(mask: tf.Tensor2D): tf.Tensor1D {
  return tf.sum(tf.cast(mask, 'int32'), 1);
}

/**
 * Refuses a mask with a gap. Masks made here are prefixes; a mask from elsewhere is read back once and checked.
 *
 * @throws UserError naming the first row that has a valid step after a padded one
 */
export function assertPrefix(mask: tf.Tensor2D, layerName: string): void {
  if (prefixMasks.has(mask)) return;
  const time = mask.shape[1];
  const values = mask.dataSync();
  for (let i = 1; i < values.length; i++) {
    if (i % time !== 0 && values[i] && !values[i - 1]) {
      throw new UserError(
        `Layer "${layerName}" got a mask with a gap: in row ${Math.floor(i / time)}, step ${i % time} is valid after ` +
          'a padded step. Valid steps must come first; move the recording to the start of its row.',
      );
    }
  }
  prefixMasks.add(mask);
}

/** What a model's graph says about the mask of a symbolic tensor. */
export type MaskTrace =
  | { readonly state: 'none' }
  /** A layer has ended it as it should: from there on every step counts. */
  | { readonly state: 'ended' }
  /** `source` is where the mask begins. */
  | { readonly state: 'present'; readonly source: tf.SymbolicTensor }
  | { readonly state: 'dropped'; readonly by: string };

/** Stock layers that claim to support masks but give one of the wrong rank (tfjs 4.22). */
const merges = new Set(['Add', 'Average', 'Concatenate', 'Dot', 'Maximum', 'Minimum', 'Multiply']);

/** A graph does not change, and without memory the branches of residual blocks would be followed over and over. */
const traces = new WeakMap<tf.SymbolicTensor, MaskTrace>();

/**
 * Follows a symbolic tensor back to where its mask begins. `none`: nothing before it makes a mask. `dropped`: a mask was
 * made, and the layer named `by` did not pass it on.
 */
export function traceMask(tensor: tf.SymbolicTensor): MaskTrace {
  const known = traces.get(tensor);
  if (known !== undefined) return known;
  const trace = follow(tensor);
  traces.set(tensor, trace);
  return trace;
}

function follow(tensor: tf.SymbolicTensor): MaskTrace {
  const layer = tensor.sourceLayer;
  if (startsMask(layer)) return { state: 'present', source: tensor };
  // A mask that begins inside a nested model ends at its output: tfjs does not hand it out.
  if (layer instanceof tf.LayersModel) {
    const inner = traceMask(layer.outputs[tensor.outputTensorIndex ?? 0]);
    if (inner.state === 'present' || inner.state === 'dropped') return { state: 'dropped', by: layer.name };
  }
  const before = tensor.inputs.map(traceMask);
  const dropped = before.find((trace) => trace.state === 'dropped');
  if (dropped) return dropped;
  const present = before.find((trace) => trace.state === 'present');
  if (present === undefined) return before.find((trace) => trace.state === 'ended') ?? { state: 'none' };
  if (!layer.supportsMasking || merges.has(layer.getClassName())) return { state: 'dropped', by: layer.name };
  const ends = tensor.shape.length !== 3 || ('endsMask' in layer && layer.endsMask === true);
  return ends ? { state: 'ended' } : present;
}

function startsMask(layer: tf.layers.Layer): boolean {
  const kind = layer.getClassName();
  return (
    kind === 'SequenceMask' ||
    kind === 'Masking' ||
    (kind === 'Embedding' && layer.getConfig().maskZero === true)
  );
}

/** Stock layers that work step by step. */
const stepwise = new Set([
  ...[
    'Activation',
    'ReLU',
    'LeakyReLU',
    'PReLU',
    'ELU',
    'ThresholdedReLU',
    'Softmax',
    'Dropout',
    'AlphaDropout',
  ],
  ...['GaussianNoise', 'GaussianDropout', 'BatchNormalization', 'LayerNormalization'],
]);

/** The nearest layer before `layer` that may have changed the time axis, or undefined outside a model. */
export function timeChangerBefore(layer: tf.layers.Layer): string | undefined {
  let tensor = layer.inboundNodes.at(0)?.inputTensors.at(0);
  while (tensor !== undefined && stepwise.has(tensor.sourceLayer.getClassName()))
    tensor = tensor.inputs.at(0);
  return tensor?.sourceLayer.name;
}
