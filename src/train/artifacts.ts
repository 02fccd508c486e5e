// A model as files in the tfjs format, with what one needs to use it: channels, classes and normalisation. Any tfjs
// program can load it, in a browser too, once masq/layers is imported.
import tf from '#tfjs';
import type { Normalization, Preparation, RecordingPadding, TrainedOn } from '../data/index.js';
import '../models/index.js';

/** What a saved model says of itself, in `model.json` under `userDefinedMetadata.masq`. */
export interface ModelMetadata extends TrainedOn {
  readonly normalization: Normalization;
  /**
   * What was done to recordings before, as the config of the run says it; absent where nothing was. With `zero-with-indicator` the
   * model has twice as many channels: after those of the data one for each, 1 where a value is missing.
   */
  readonly preparation?: Preparation;
  /** Steps that longer recordings were cut to, once they were resampled and before windows were cut. Default: they were not. */
  readonly maxLength?: number;
  /** How the recordings that it was trained on were padded. Default: `none`. */
  readonly padding?: RecordingPadding;
  /** What the model's output is. */
  readonly output: 'logits';
}

/** The two files of a saved model. */
export interface ModelFiles {
  readonly json: string;
  readonly weights: Uint8Array;
}

/** The model as `model.json` and `weights.bin`. */
export async function modelToFiles(model: tf.LayersModel, metadata: ModelMetadata): Promise<ModelFiles> {
  model.setUserDefinedMetadata({ masq: { ...metadata } });
  let saved: tf.io.ModelArtifacts = {};
  await model.save(
    tf.io.withSaveHandler((artifacts) => {
      saved = artifacts;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
    }),
  );
  const { modelTopology, weightSpecs = [], weightData, format, generatedBy, userDefinedMetadata } = saved;
  const json = {
    format,
    generatedBy,
    modelTopology,
    weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
    userDefinedMetadata,
  };
  return { json: JSON.stringify(json), weights: new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)) };
}

/**
 * A model and its metadata from the two files.
 *
 * @throws Error when they are damaged or do not belong to a model of masq
 */
export async function modelFromFiles({ json, weights }: ModelFiles): Promise<{
  model: tf.LayersModel;
  metadata: ModelMetadata;
}> {
  const { modelTopology, weightsManifest, userDefinedMetadata } = JSON.parse(json) as tf.io.ModelJSON;
  const weightSpecs = weightsManifest.flatMap((group) => group.weights);
  const expected = weightSpecs.reduce(
    (sum, { shape, dtype }) => sum + tf.util.sizeFromShape(shape) * tf.util.bytesPerElement(dtype),
    0,
  );
  if (weights.length !== expected) {
    throw new Error(`weights.bin holds ${weights.length} bytes, expected ${expected}`);
  }
  if (userDefinedMetadata?.masq === undefined) {
    throw new Error('model.json lacks the channels, classes and normalisation that masq keeps there');
  }
  const weightData = weights.slice().buffer;
  const model = await tf.loadLayersModel({
    load: () => Promise.resolve({ modelTopology, weightSpecs, weightData }),
  });
  return { model, metadata: userDefinedMetadata.masq as ModelMetadata };
}
