// What a model costs: trainable parameters and multiply-accumulates, layer by layer.
import type tf from '#tfjs';

/** One layer of a model. */
export interface LayerCost {
  readonly name: string;
  readonly kind: string;
  /** `[time, channels]` or `[channels]`, for recordings of the given length. */
  readonly outputShape: readonly number[];
  /** Trainable parameters. */
  readonly parameters: number;
  /** Multiply-accumulates for one recording. */
  readonly macs: number;
}

export interface ModelCost {
  /** Trainable parameters; moving statistics are not counted. */
  readonly parameters: number;
  /** Multiply-accumulates of convolutions, matrix products and gates for one recording of `macsLength` steps. */
  readonly macs: number;
  readonly macsLength: number;
  readonly layers: readonly LayerCost[];
  /** Width of the bottleneck of each attention layer that has one, in the model's order. */
  readonly hidden: readonly number[];
}

/**
 * Counts a model's parameters and multiply-accumulates.
 *
 * @param time length of the recording, in steps
 */
export function modelCost(model: tf.LayersModel, time: number): ModelCost {
  const shapes = new Map<number, tf.Shape>();
  for (const input of model.inputs)
    shapes.set(
      input.id,
      input.shape.map((size, axis) => (axis === 0 ? 1 : (size ?? time))),
    );
  const layers: LayerCost[] = [];
  const hidden: number[] = [];
  for (const layer of model.layers) {
    const [node] = layer.inboundNodes;
    if (node.inputTensors.length === 0 || shapes.has(node.outputTensors[0].id)) continue;
    const inputs = node.inputTensors.map((tensor) => shapes.get(tensor.id) ?? tensor.shape);
    const output = layer.computeOutputShape(inputs.length === 1 ? inputs[0] : inputs) as tf.Shape;
    shapes.set(node.outputTensors[0].id, output);
    layers.push({
      name: layer.name,
      kind: layer.getClassName(),
      outputShape: output.slice(1).map((size) => size ?? 0),
      parameters: layer.trainableWeights.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
      macs: layerMacs(layer, inputs[0], output),
    });
    const units = hasBottleneck(layer) ? layer.hiddenUnits(output.at(-1) ?? 0) : null;
    if (units !== null) hidden.push(units);
  }
  const total = (key: 'parameters' | 'macs'): number => layers.reduce((sum, layer) => sum + layer[key], 0);
  return { parameters: total('parameters'), macs: total('macs'), macsLength: time, layers, hidden };
}

/** A layer that knows its own cost. */
interface CountsMacs {
  multiplyAccumulates(inputShape: tf.Shape, time: number): number;
}

/** An attention layer that can have a bottleneck. */
function hasBottleneck(
  layer: tf.layers.Layer,
): layer is tf.layers.Layer & { hiddenUnits(channels: number): number | null } {
  return 'hiddenUnits' in layer;
}

function layerMacs(layer: tf.layers.Layer, input: tf.Shape, output: tf.Shape): number {
  if ('multiplyAccumulates' in layer) {
    return (layer as tf.layers.Layer & CountsMacs).multiplyAccumulates(input, input[1] ?? 0);
  }
  if (layer.getClassName() !== 'Dense') return 0;
  return sizeOf(output) * (input.at(-1) ?? 0);
}

function sizeOf(shape: tf.Shape): number {
  return shape.reduce<number>((product, size) => product * (size ?? 1), 1);
}
