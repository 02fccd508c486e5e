// The variables behind weights of a layer or model, as tf.variableGrads wants them, and values for them.
import tf from '#tfjs';

export function trainableVariables({
  trainableWeights,
}: {
  trainableWeights: tf.LayerVariable[];
}): tf.Variable[] {
  return trainableWeights
    .map((weight) => weight.read())
    .filter((value): value is tf.Variable => value instanceof tf.Variable);
}

/**
 * Gives a fresh model weights as after training: what begins as 0 or 1 would not show in the logits. Biases, which begin as
 * 0, are drawn on both sides of it, so that ReLUs cut; the rest of one dimension near 1, since variances are among them.
 */
export function drawWeights(model: tf.LayersModel): void {
  tf.tidy(() => {
    const drawn = model.getWeights().map((weight, i) => {
      const isZero = tf.max(tf.abs(weight)).dataSync()[0] === 0;
      if (weight.dtype !== 'float32' || !(isZero || weight.rank === 1)) return weight;
      const centre = isZero ? 0 : 1;
      return tf.randomUniform(weight.shape, centre - 0.5, centre + 0.5, 'float32', i);
    });
    model.setWeights(drawn);
  });
}
