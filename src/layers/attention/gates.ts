// Reading the gates of a model's attention layers while it runs on a batch, without building anything anew.
import * as tf from '@tensorflow/tfjs';

/**
 * The gates of one attention layer by name: `channel` `[batch, channels]`, `temporal` `[batch, time]`, `values`
 * `[batch, time, channels]`, or others that a layer of one's own reports. Padded steps of the latter two are 0.
 */
export type Gates = Readonly<Record<string, tf.Tensor>>;

/** Told of the gates of each layer that runs while somebody reads. */
type Reader = (layerName: string, gates: Gates) => void;

let reader: Reader | undefined;

/**
 * Called by an attention layer with the gates of what it computes now. They are computed only while somebody reads them.
 * Layers of one's own call it from `call`, so that {@link readGates} knows them too.
 */
export function reportGates(layerName: string, gates: () => Gates): void {
  reader?.(layerName, tf.tidy(gates));
}

/**
 * The gates of every attention layer of a model for a batch, in inference, by the layer's name and in the model's order.
 * Where a layer is applied more than once, `name`, `name#2` and so on. The caller disposes of the tensors.
 *
 * @param inputs what the model takes, e.g. `[values [batch, time, channels], lengths int32 [batch, 1]]`
 * @throws Error when the model is being run inside another reading
 */
export function readGates(model: tf.LayersModel, inputs: tf.Tensor | tf.Tensor[]): Record<string, Gates> {
  if (reader !== undefined) throw new Error('Gates are read already; one reading at a time.');
  const read: Record<string, Gates> = {};
  reader = (layerName, gates) => {
    for (const gate of Object.values(gates)) tf.keep(gate);
    read[unusedName(read, layerName)] = gates;
  };
  try {
    tf.tidy(() => void model.apply(inputs, { training: false }));
  } finally {
    reader = undefined;
  }
  return read;
}

function unusedName(read: Readonly<Record<string, Gates>>, layerName: string): string {
  let name = layerName;
  for (let i = 2; name in read; i++) name = `${layerName}#${i}`;
  return name;
}
