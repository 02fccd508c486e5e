// The variables behind weights of a layer or model, as tf.variableGrads wants them.
import * as tf from '@tensorflow/tfjs';

export function trainableVariables({
  trainableWeights,
}: {
  trainableWeights: tf.LayerVariable[];
}): tf.Variable[] {
  return trainableWeights
    .map((weight) => weight.read())
    .filter((value): value is tf.Variable => value instanceof tf.Variable);
}
