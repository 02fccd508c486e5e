// What every masked layer shares: it takes the mask, passes it on, and refuses to run when the mask was lost on
// the way, since a model that silently sees its padding is the mistake that these layers exist to prevent.
import tf from '#tfjs';
import { UserError } from '../shared/errors.js';
import { assertPrefix, copyMask, timeChangerBefore, traceMask, type MaskTrace } from './mask.js';

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
  /** Shape of the input without the batch, where the layer begins a sequential model. */
  inputShape?: tf.Shape;
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

/** What tfjs itself takes or adds; the layer's own arguments are gone before these are passed on. */
const tfjsArguments = new Set([
  ...['name', 'trainable', 'dtype', 'inputDType', 'inputShape', 'batchInputShape', 'batchSize', 'weights'],
  'customObjects',
]);

/** Whether every masked layer takes an argument of that name. */
export function isLayerArgument(name: string): boolean {
  return name === 'unmasked' || tfjsArguments.has(name);
}

export abstract class MaskedLayer extends tf.layers.Layer {
  readonly unmasked: boolean;
  /** What the model around this layer says about its mask; undefined while the layer stands alone. */
  private trace: MaskTrace | undefined;

  constructor({ unmasked = false, ...args }: MaskedLayerArgs = {}) {
    super(args);
    const unknown = Object.keys(args).find((key) => !tfjsArguments.has(key));
    if (unknown !== undefined) {
      throw new UserError(
        `Layer "${this.name}" has no argument "${unknown}". Its arguments are listed in docs/layers.md.`,
      );
    }
    this.supportsMasking = true;
    this.unmasked = unmasked;
  }

  override apply(
    inputs: Inputs | tf.SymbolicTensor | tf.SymbolicTensor[],
    kwargs?: Kwargs,
  ): Inputs | tf.SymbolicTensor | tf.SymbolicTensor[] {
    const list = toList<tf.Tensor | tf.SymbolicTensor>(inputs);
    if (!this.unmasked) this.follow(list.filter((input) => input instanceof tf.SymbolicTensor));
    const output = super.apply(inputs, kwargs);
    // tfjs forgets the mask that a layer was called with; outside a model the next layer finds it on the output.
    const [given] = toList(kwargs?.mask as tf.Tensor | tf.Tensor[] | null | undefined);
    if (output instanceof tf.Tensor && this.trace === undefined && given instanceof tf.Tensor) {
      const [mask] = this.computeMask(inputs as Inputs, given);
      output.kerasMask = mask === given ? copyMask(given as tf.Tensor2D) : mask;
    }
    return output;
  }

  override computeMask(inputs: Inputs, mask?: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
    const given = this.inputMask(inputs, mask);
    if (given === null) return maskList(null);
    const passed = this.outputMask(given);
    // A mask found on the input belongs to it.
    return maskList(passed === given && mask === undefined ? copyMask(given) : passed);
  }

  /** The mask of the output. By default the output has the input's steps. */
  protected outputMask(mask: tf.Tensor2D): tf.Tensor2D | null {
    return mask;
  }

  /** Whether the mask ends at this layer although its output has a time axis: every step of it counts. */
  get endsMask(): boolean {
    return this.unmasked;
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
    // After the end of a mask, tfjs goes on handing it to the layers that follow.
    if (this.unmasked || this.trace?.state === 'ended') return null;
    const [x] = toList(inputs);
    // Outside a model, the layer before left its mask on its output.
    const mask = toList(given ?? []).at(0) ?? x.kerasMask ?? null;
    if (mask === null) return null;
    if (this.trace?.state === 'none') throw new UserError(this.strayMask());
    if (mask.shape[0] !== x.shape[0] || mask.shape[1] !== x.shape[1])
      throw new UserError(this.wrongMask(x, mask));
    assertPrefix(mask as tf.Tensor2D, this.name);
    return mask as tf.Tensor2D;
  }

  /** Notes what the graph says about the masks of the inputs, which must be one mask. */
  private follow(inputs: readonly tf.SymbolicTensor[]): void {
    for (const trace of inputs.map(traceMask)) {
      if (trace.state === 'dropped') throw new UserError(this.droppedMask(trace.by));
      this.trace ??= trace;
      if (sourceOf(this.trace) !== sourceOf(trace)) {
        throw new UserError(
          `Layer "${this.name}" is applied to tensors whose masks differ in origin, or of which only some have one. ` +
            'Let one sequenceMask begin all of them, or build the layer with { unmasked: true }.',
        );
      }
    }
  }

  private droppedMask(by: string): string {
    return (
      `Layer "${this.name}" would see padding: the layer "${by}" before it does not pass the mask on. ` +
      'Use the masked layer of the same kind instead of it, or build this one with { unmasked: true } if every ' +
      'step is meant to count.'
    );
  }

  private strayMask(): string {
    return (
      `Layer "${this.name}" got a mask, but nothing before it in its model makes one: the mask belongs to another ` +
      'branch, or to a model around this one. Put sequenceMask into this model or branch, or build the layer with ' +
      '{ unmasked: true }.'
    );
  }

  private wrongMask(x: tf.Tensor, mask: tf.Tensor): string {
    const by = timeChangerBefore(this);
    return (
      `Layer "${this.name}" got a mask of shape [${mask.shape.join(', ')}] for an input of shape ` +
      `[${x.shape.join(', ')}]: ${by === undefined ? 'a layer before it' : `the layer "${by}" before it`} ` +
      'changed the time axis without changing the mask. Use the masked layer of the same kind, or build this one with ' +
      '{ unmasked: true }.'
    );
  }
}

function sourceOf(trace: MaskTrace): tf.SymbolicTensor | null {
  return trace.state === 'present' ? trace.source : null;
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
