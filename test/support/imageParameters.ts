// The size of the network of images that a model is in one dimension, to compare with published numbers.
import type tf from '#tfjs';

/** Trainable parameters if every kernel of k steps were one of k × k pixels. */
export function imageParameters(model: tf.LayersModel): number {
  const sizes = model.layers.flatMap((layer) =>
    layer.trainableWeights.map(({ shape }) => {
      const size = shape.reduce<number>((product, n) => product * (n ?? 1), 1);
      return layer.getClassName() === 'MaskedConv1d' && shape.length === 3 ? size * (shape[0] ?? 1) : size;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
