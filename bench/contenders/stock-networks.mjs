// The networks of the benchmark in stock layers of TensorFlow.js, without masks.
import tf from '#tfjs';

const { layers } = tf;

/** A network of `networks.json` as a model from `[time, channels]` to logits. */
export function stockNetwork({ body, ...options }, { time, channels, classes }) {
  const input = tf.input({ shape: [time, channels] });
  const features = bodies[body](input, options);
  const pooled = layers.globalAveragePooling1d({}).apply(features);
  return tf.model({ inputs: input, outputs: layers.dense({ units: classes }).apply(pooled) });
}

const bodies = { fcn, resnet, inception };

function fcn(x, { filters, kernelSizes, ratio }) {
  for (const [i, width] of filters.entries()) {
    x = relu(convolveAndNormalize(x, width, kernelSizes[i]));
    if (i < 2) x = squeezeExcite(x, ratio);
  }
  return x;
}

function resnet(x, { filters, kernelSizes, ratio }) {
  for (const width of filters) {
    const shortcut = x.shape[2] === width ? normalize(x) : convolveAndNormalize(x, width, 1);
    for (const [j, kernelSize] of kernelSizes.entries()) {
      x = convolveAndNormalize(x, width, kernelSize);
      if (j < kernelSizes.length - 1) x = relu(x);
    }
    x = relu(layers.add().apply([squeezeExcite(x, ratio), shortcut]));
  }
  return x;
}

function inception(x, { depth, filters, bottleneck, kernelSizes, ratio }) {
  let residual = x;
  for (let i = 0; i < depth; i++) {
    const narrow = convolve(x, bottleneck, 1);
    const pooled = layers.maxPooling1d({ poolSize: 3, strides: 1, padding: 'same' }).apply(x);
    const branches = [
      ...kernelSizes.map((kernelSize) => convolve(narrow, filters, kernelSize)),
      convolve(pooled, filters, 1),
    ];
    x = squeezeExcite(relu(normalize(layers.concatenate().apply(branches))), ratio);
    if (i % 3 === 2) {
      const shortcut = convolveAndNormalize(residual, filters * branches.length, 1);
      residual = x = relu(layers.add().apply([x, shortcut]));
    }
  }
  return x;
}

function convolve(x, filters, kernelSize) {
  return layers.conv1d({ filters, kernelSize, padding: 'same', useBias: false }).apply(x);
}

function normalize(x) {
  return layers.batchNormalization({ momentum: 0.9 }).apply(x);
}

function convolveAndNormalize(x, filters, kernelSize) {
  return normalize(convolve(x, filters, kernelSize));
}

function relu(x) {
  return layers.activation({ activation: 'relu' }).apply(x);
}

function squeezeExcite(x, ratio) {
  const channels = x.shape[2];
  const hidden = Math.max(1, Math.floor(channels / ratio));
  let gate = layers.globalAveragePooling1d({}).apply(x);
  gate = layers.dense({ units: hidden, activation: 'relu', useBias: false }).apply(gate);
  gate = layers.dense({ units: channels, activation: 'sigmoid', useBias: false }).apply(gate);
  return layers.multiply().apply([x, layers.reshape({ targetShape: [1, channels] }).apply(gate)]);
}
