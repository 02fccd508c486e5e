// Optimizers as pure functions over tensors: parameter, gradient and state in, new parameter and state out. All that
// varies from step to step is a tensor and nothing is read back, so that a step can be captured as one graph.
import tf from '#tfjs';
import { hasNative, nativeOutputs } from '../engine/kernels/index.js';

/** AdamW, see {@link createOptimizer}. */
export interface AdamWConfig {
  readonly name: 'adamw';
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** Stochastic gradient descent, see {@link createOptimizer}. */
export interface SgdConfig {
  readonly name: 'sgd';
  readonly weightDecay: number;
  readonly momentum: number;
  readonly nesterov: boolean;
}

export type OptimizerConfig = AdamWConfig | SgdConfig;

/** A parameter before an update, and what the update needs. */
export interface UpdateInput {
  readonly parameter: tf.Tensor;
  /** Of the parameter's shape. */
  readonly gradient: tf.Tensor;
  /** The optimizer's state for this parameter in the order of `Optimizer.slots`, each of the parameter's shape. */
  readonly slots: readonly tf.Tensor[];
  /** Whether weight decay applies to this parameter, see {@link decays}. */
  readonly decay: boolean;
}

/** The numbers that vary from step to step. */
export interface StepNumbers {
  readonly learningRate: tf.Scalar;
  /** The number of this update, from 1, float32. */
  readonly step: tf.Scalar;
}

/** A parameter and its state after an update. */
export interface Updated {
  readonly parameter: tf.Tensor;
  readonly slots: readonly tf.Tensor[];
}

export interface Optimizer {
  /** Names of the state tensors that belong to each parameter; they begin as zeros. */
  readonly slots: readonly string[];
  /** The update of one step for all parameters, in their order: as one operation where the backend has it. */
  readonly update: (inputs: readonly UpdateInput[], numbers: StepNumbers) => Updated[];
}

/**
 * The optimizer that a config names.
 *
 * AdamW (Loshchilov & Hutter 2019), g the gradient and t the step:
 * `m ← β₁·m + (1−β₁)·g`, `v ← β₂·v + (1−β₂)·g²`, `m̂ = m/(1−β₁ᵗ)`, `v̂ = v/(1−β₂ᵗ)`,
 * `w ← w − learningRate·(m̂/(√v̂ + ε) + weightDecay·w)`.
 *
 * SGD, as PyTorch defines it: `g ← g + weightDecay·w`, `b ← momentum·b + g`, `w ← w − learningRate·b`, or with
 * Nesterov momentum `w ← w − learningRate·(g + momentum·b)`.
 */
export function createOptimizer(config: OptimizerConfig): Optimizer {
  switch (config.name) {
    case 'adamw':
      return adamw(config);
    case 'sgd':
      return sgd(config);
  }
}

/**
 * Whether weight decay applies to a parameter of this shape: to kernels (rank 2 and more), not to biases, scales and
 * offsets, which decay would only pull away from where normalisation wants them.
 */
export function decays(shape: readonly number[]): boolean {
  return shape.length >= 2;
}

/**
 * Scales all gradients by one factor so that the norm of all of them together, `√Σ‖g‖²`, is at most `maxNorm`
 * (Pascanu et al. 2013). A norm that is not finite makes every gradient NaN, so that the fault shows at once and
 * does not pass for a gradient of zero.
 */
export function clipByGlobalNorm(gradients: readonly tf.Tensor[], maxNorm: number): tf.Tensor[] {
  return tf.tidy(() => {
    const norm = globalNorm(gradients);
    const scale = tf.where(tf.isFinite(norm), tf.div(maxNorm, tf.maximum(norm, maxNorm)), tf.scalar(NaN));
    return gradients.map((gradient) => tf.mul(gradient, scale));
  });
}

/** The norm of all gradients together, `√Σ‖g‖²`. */
export function globalNorm(gradients: readonly tf.Tensor[]): tf.Scalar {
  return tf.tidy(() => {
    const squares = gradients.map((gradient) => tf.sum<tf.Scalar>(tf.square(gradient)));
    // Not addN: in which order it adds depends on which of its inputs happen to be needed no more.
    return tf.sqrt(tf.sum(tf.stack(squares)));
  });
}

function adamw(config: AdamWConfig): Optimizer {
  return {
    slots: ['m', 'v'],
    update: (inputs, { learningRate, step }) =>
      hasNative('MasqAdamW') && inputs.length > 0
        ? updateNatively('MasqAdamW', inputs, { learningRate, step }, { ...config })
        : composedAdamW(config, inputs, { learningRate, step }),
  };
}

function composedAdamW(
  { beta1, beta2, epsilon, weightDecay }: AdamWConfig,
  inputs: readonly UpdateInput[],
  { learningRate, step }: StepNumbers,
): Updated[] {
  return tf.tidy(() => {
    const rate = tf.div(learningRate, biasCorrection(beta1, step));
    const rootCorrection = tf.rsqrt(biasCorrection(beta2, step));
    const kept = tf.sub(1, tf.mul(learningRate, weightDecay));
    return inputs.map(({ parameter, gradient, slots: [m, v], decay }) => {
      const newM = towards(m, gradient, 1 - beta1);
      const newV = towards(v, tf.square(gradient), 1 - beta2);
      const scale = tf.add(tf.mul(tf.sqrt(newV), rootCorrection), epsilon);
      const change = tf.div(tf.mul(newM, rate), scale);
      return { parameter: tf.sub(decay ? tf.mul(parameter, kept) : parameter, change), slots: [newM, newV] };
    });
  });
}

function sgd(config: SgdConfig): Optimizer {
  return {
    slots: config.momentum === 0 ? [] : ['momentum'],
    update: (inputs, { learningRate }) =>
      hasNative('MasqSgd') && inputs.length > 0
        ? updateNatively('MasqSgd', inputs, { learningRate }, { ...config })
        : composedSgd(config, inputs, learningRate),
  };
}

function composedSgd(
  { momentum, nesterov, weightDecay }: SgdConfig,
  inputs: readonly UpdateInput[],
  learningRate: tf.Scalar,
): Updated[] {
  return tf.tidy(() =>
    inputs.map(({ parameter, gradient, slots: [buffer], decay }) => {
      const g = decay ? tf.add(gradient, tf.mul(parameter, weightDecay)) : gradient;
      if (momentum === 0) return { parameter: tf.sub(parameter, tf.mul(g, learningRate)), slots: [] };
      const newBuffer = tf.add(tf.mul(buffer, momentum), g);
      const direction = nesterov ? tf.add(g, tf.mul(newBuffer, momentum)) : newBuffer;
      return { parameter: tf.sub(parameter, tf.mul(direction, learningRate)), slots: [newBuffer] };
    }),
  );
}

/**
 * All parameters at once. The kernel takes lists in the order of its operation, of which only the order of the names is
 * read: parameters, gradients, each slot, and the numbers; it gives parameters and slots.
 */
function updateNatively(
  kernel: 'MasqAdamW' | 'MasqSgd',
  inputs: readonly UpdateInput[],
  numbers: tf.NamedTensorMap,
  options: Readonly<Record<string, number | string | boolean>>,
): Updated[] {
  const named: tf.NamedTensorMap = {};
  for (const [i, { parameter }] of inputs.entries()) named[`parameter${i}`] = parameter;
  for (const [i, { gradient }] of inputs.entries()) named[`gradient${i}`] = gradient;
  const slots = inputs[0].slots.length;
  for (let slot = 0; slot < slots; slot++) {
    for (const [i, input] of inputs.entries()) named[`slot${slot}of${i}`] = input.slots[slot];
  }
  const decay = inputs.map((input) => Number(input.decay));
  const outputs = nativeOutputs(kernel, { ...named, ...numbers }, { ...options, decay });
  return inputs.map((_, i) => ({
    parameter: outputs[i],
    slots: Array.from({ length: slots }, (_, slot) => outputs[(slot + 1) * inputs.length + i]),
  }));
}

/**
 * `average + rate·(value − average)`, which is `(1−rate)·average + rate·value` without a rounded `1−rate`: float32
 * holds 1 − 0.999 to 1e-5 only, and the average would settle that far off.
 */
function towards(average: tf.Tensor, value: tf.Tensor, rate: number): tf.Tensor {
  return tf.add(average, tf.mul(tf.sub(value, average), rate));
}

/** `1 − βᵗ` as `−(exp(t·ln β) − 1)`, accurate in float32 where β is near 1 and t is small. */
function biasCorrection(beta: number, step: tf.Scalar): tf.Tensor {
  return tf.neg(tf.expm1(tf.mul(step, Math.log(beta))));
}
