// Reading the gates of a model's attention layers while it runs on a batch, without building anything anew.
import tf from '#tfjs';

/**
 * The gates of one attention layer by name: `channel` `[batch, channels]`, `temporal` `[batch, time]`, `values`
 * `[batch, time, channels]`, or others that a layer of one's own reports. Padded steps of the latter two are 0.
 */
export type Gates = Readonly<Record<string, tf.Tensor>>;

/**
 * Lower and upper end of what a gate can be, such as 0 and 1 of a sigmoid; null at an end that is open or not known.
 */
export type GateRange = readonly [number | null, number | null];

/** The gates of one layer, and which steps of its input are valid: bool `[batch, time]`, or null when all are. */
export interface GatesAndMask {
  readonly gates: Gates;
  readonly mask: tf.Tensor2D | null;
}

/** Told of the gates of each layer that runs while somebody reads. */
type Reader = (layerName: string, read: GatesAndMask) => void;

let reader: Reader | undefined;

/**
 * Called by an attention layer with the gates of what it computes now. They are computed only while somebody reads them.
 * Layers of one's own call it from `call`, so that {@link readGates} knows them too.
 *
 * @param mask which steps of the layer's input are valid, bool `[batch, time]`; null when all are
 */
export function reportGates(layerName: string, gates: () => Gates, mask: tf.Tensor2D | null): void {
  reader?.(layerName, { gates: tf.tidy(gates), mask: mask && tf.clone(mask) });
}

/**
 * The gates of every attention layer of a model for a batch, in inference, by the layer's name and in the model's order.
 * Where a layer is applied more than once, `name`, `name#2` and so on. The caller disposes of the tensors.
 *
 * @param inputs what the model takes, e.g. `[values [batch, time, channels], lengths int32 [batch, 1]]`
 * @throws Error when the model is being run inside another reading
 */
export function readGates(model: tf.LayersModel, inputs: tf.Tensor | tf.Tensor[]): Record<string, Gates> {
  const read = readGatesAndMasks(model, inputs);
  return Object.fromEntries(
    Object.entries(read).map(([layerName, { gates, mask }]) => {
      mask?.dispose();
      return [layerName, gates];
    }),
  );
}

/** As {@link readGates}, with the mask of each layer, whose steps may be fewer than the model's. */
export function readGatesAndMasks(
  model: tf.LayersModel,
  inputs: tf.Tensor | tf.Tensor[],
): Record<string, GatesAndMask> {
  if (reader !== undefined) throw new Error('Gates are read already; one reading at a time.');
  const read: Record<string, GatesAndMask> = {};
  reader = (layerName, { gates, mask }) => {
    for (const tensor of [...Object.values(gates), mask]) if (tensor !== null) tf.keep(tensor);
    read[unusedName(read, layerName)] = { gates, mask };
  };
  try {
    tf.tidy(() => void model.apply(inputs, { training: false }));
  } finally {
    reader = undefined;
  }
  return read;
}

function unusedName(read: Readonly<Record<string, unknown>>, layerName: string): string {
  let name = layerName;
  for (let i = 2; name in read; i++) name = `${layerName}#${i}`;
  return name;
}
