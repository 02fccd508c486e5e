// What every masked layer shares: it takes the mask, passes it on, and refuses to run when the mask was lost on
// the way, since a model that silently sees its padding is the mistake that these layers exist to prevent.
import * as tf from '@tensorflow/tfjs';
import { UserError } from '../shared/errors.js';
import { assertPrefix, traceMask, type MaskTrace } from './mask.js';

/** Arguments that every masked layer takes, besides those of its own. */
export interface MaskedLayerArgs {
  /** The layer's name in its model. */
  name?: string;
  /** Whether the layer's weights are trained. Default: true. */
  trainable?: boolean;
  /**
   * Says that no mask is meant: every step of every row is valid, and a mask that arrives is ignored and ends here.
   * Default: false.
   */
  unmasked?: boolean;
}

/** Keyword arguments of `call`: `mask` and `training` among them. */
export type Kwargs = Parameters<tf.layers.Layer['call']>[1];

/** A mask as tfjs hands it to a layer: for each input, or for the first. */
type MaskArgument = tf.Tensor | (tf.Tensor | null)[] | null | undefined;

/** One or several tensors, as tfjs hands them to a layer. */
export type Inputs = tf.Tensor | tf.Tensor[];

/** The input of a layer with its mask; `mask` is null when every step is valid. */
export interface MaskedInput {
  x: tf.Tensor3D;
  mask: tf.Tensor2D | null;
}

export abstract class MaskedLayer extends tf.layers.Layer {
  readonly unmasked: boolean;
  /** What the model around this layer says about its mask; undefined while the layer stands alone. */
  private trace: MaskTrace['state'] | undefined;

  constructor({ unmasked = false, ...args }: MaskedLayerArgs = {}) {
    super(args);
    this.supportsMasking = true;
    this.unmasked = unmasked;
  }

  override apply(
    inputs: Inputs | tf.SymbolicTensor | tf.SymbolicTensor[],
    kwargs?: Kwargs,
  ): Inputs | tf.SymbolicTensor | tf.SymbolicTensor[] {
    const symbolic = toList<tf.Tensor | tf.SymbolicTensor>(inputs).filter(
      (input) => input instanceof tf.SymbolicTensor,
    );
    if (!this.unmasked) for (const input of symbolic) this.follow(input);
    return super.apply(inputs, kwargs);
  }

  /** By default the output has the input's steps, and so its mask. */
  override computeMask(inputs: Inputs, mask?: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
    return maskList(this.inputMask(inputs, mask));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...(this.unmasked ? { unmasked: true } : {}) };
  }

  /**
   * The layer's one input and its mask, checked: its shape fits the input and it has no gaps.
   *
   * @throws UserError when the mask was dropped, or replaced by another tensor's, on the way to this layer
   */
  protected read(inputs: Inputs, kwargs: Kwargs): MaskedInput {
    const [x] = toList(inputs);
    if (x.rank !== 3) {
      throw new UserError(
        `Layer "${this.name}" expects [batch, time, channels], got [${x.shape.join(', ')}].`,
      );
    }
    const mask = this.inputMask(inputs, kwargs.mask as MaskArgument);
    return { x: x as tf.Tensor3D, mask };
  }

  /** The mask that belongs to the layer's first input, or null. */
  protected inputMask(inputs: Inputs, given: MaskArgument): tf.Tensor2D | null {
    if (this.unmasked) return null;
    const [x] = toList(inputs);
    // A masked layer that runs outside a model leaves its mask on its output.
    const mask = toList(given ?? []).at(0) ?? x.kerasMask ?? null;
    if (mask === null) return null;
    if (this.trace === 'none') throw new UserError(this.strayMask());
    if (mask.shape[0] !== x.shape[0] || mask.shape[1] !== x.shape[1])
      throw new UserError(this.wrongMask(x, mask));
    assertPrefix(mask as tf.Tensor2D, this.name);
    return mask as tf.Tensor2D;
  }

  private follow(input: tf.SymbolicTensor): void {
    const trace = traceMask(input);
    if (trace.state === 'dropped') {
      throw new UserError(
        `Layer "${this.name}" would see padding: the layer "${trace.by}" before it does not pass the mask on. ` +
          'Use the masked layer of the same kind instead of it, or build this one with { unmasked: true } if every ' +
          'step is meant to count.',
      );
    }
    if (this.trace !== undefined && this.trace !== trace.state) {
      throw new UserError(
        `Layer "${this.name}" is applied to an input with a mask and to one without. Use one layer for each.`,
      );
    }
    this.trace = trace.state;
  }

  private strayMask(): string {
    return (
      `Layer "${this.name}" got a mask, but nothing before it in its model makes one: the mask belongs to another ` +
      'branch, or to a model around this one. Put sequenceMask into this model or branch, or build the layer with ' +
      '{ unmasked: true }.'
    );
  }

  private wrongMask(x: tf.Tensor, mask: tf.Tensor): string {
    const before = this.inboundNodes.flatMap((node) => node.inputTensors).map((t) => t.sourceLayer.name);
    return (
      `Layer "${this.name}" got a mask of shape [${mask.shape.join(', ')}] for an input of shape ` +
      `[${x.shape.join(', ')}]: ${before.length > 0 ? `the layer "${before[0]}" before it` : 'a layer before it'} ` +
      'changed the time axis without changing the mask. Use the masked layer of the same kind, or build this one with ' +
      '{ unmasked: true }.'
    );
  }
}

export function toList<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}

/** A layer's one output mask as tfjs takes it: it says "no mask" with null, which its types do not know. */
export function maskList(mask: tf.Tensor | null): tf.Tensor[] {
  return [mask] as tf.Tensor[];
}

/** The last dimension of a shape, which every layer needs to know. */
export function channelsOf(inputShape: tf.Shape | tf.Shape[], layerName: string): number {
  const channels = (inputShape as tf.Shape).at(-1);
  if (typeof channels === 'number') return channels;
  throw new UserError(
    `Layer "${layerName}" must know its number of channels, got shape ${JSON.stringify(inputShape)}.`,
  );
}

/** The value of a weight that `build` has made. */
export function weight(variable: tf.LayerVariable | undefined): tf.Tensor {
  if (variable === undefined) throw new Error('The layer is used before it is built.');
  return variable.read();
}
