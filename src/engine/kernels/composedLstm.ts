// The states of a long short-term memory in plain tfjs operations, step by step, which every backend has.
import tf from '#tfjs';
import type { LstmWeights } from './lstm.js';
import { withGradient } from './withGradient.js';

/**
 * h of all steps, see ./lstm.ts. With δ[t] the gradient of `x[t]·W + h[t-1]·U + b`, computed from the last step to the
 * first, `dx[t] = δ[t]·Wᵀ`, `dW = Σ x[t]ᵀ·δ[t]`, `dU = Σ h[t-1]ᵀ·δ[t]` and `db = Σ δ[t]`.
 *
 * @param x `[time, batch, channels]`, of one step at least
 * @returns `[time, batch, units]`
 */
export function composedStates(x: tf.Tensor3D, { kernel, recurrentKernel, bias }: LstmWeights): tf.Tensor3D {
  const [time, batch, channels] = x.shape;
  const units = recurrentKernel.shape[0];
  /** Steps and rows in one axis. */
  const flat = (sequence: tf.Tensor3D): tf.Tensor2D =>
    tf.reshape(sequence, [time * batch, sequence.shape[2]]);
  return withGradient(
    [x, kernel, recurrentKernel, bias],
    (x, kernel, recurrentKernel, bias) => {
      const ofInputs = tf.add<tf.Tensor2D>(tf.matMul(flat(x), kernel), bias);
      const computed = forward(tf.reshape(ofInputs, [time, batch, 4 * units]), recurrentKernel);
      const { gates, cells, states } = computed;
      return { value: states, save: [x, kernel, recurrentKernel, gates, cells, states] };
    },
    (dy, x, kernel, recurrentKernel, gates, cells, states) => {
      const deltas = flat(backward(dy, gates, cells, recurrentKernel));
      const zeros = tf.zeros<tf.Rank.R3>([1, batch, units]);
      const before = flat(tf.concat([zeros, tf.slice(states, 0, time - 1)], 0));
      return [
        tf.reshape(tf.matMul(deltas, kernel, false, true), [time, batch, channels]),
        tf.matMul(flat(x), deltas, true),
        tf.matMul(before, deltas, true),
        tf.sum(deltas, 0),
      ];
    },
  );
}

/**
 * @param ofInputs `x·W + b`, `[time, batch, 4 · units]`
 * @returns gates `[time, batch, 4 · units]`, cells and states `[time, batch, units]`
 */
function forward(
  ofInputs: tf.Tensor3D,
  recurrentKernel: tf.Tensor2D,
): { gates: tf.Tensor3D; cells: tf.Tensor3D; states: tf.Tensor3D } {
  const shape: [number, number] = [ofInputs.shape[1], recurrentKernel.shape[0]];
  let [h, c] = [tf.zeros<tf.Rank.R2>(shape), tf.zeros<tf.Rank.R2>(shape)];
  const [gates, cells, states]: tf.Tensor2D[][] = [[], [], []];
  for (const ofInput of stepsOf(ofInputs)) {
    const [zi, zf, zg, zo] = tf.split<tf.Tensor2D>(tf.add(ofInput, tf.matMul(h, recurrentKernel)), 4, 1);
    const [i, f, g, o] = [tf.sigmoid(zi), tf.sigmoid(zf), tf.tanh(zg), tf.sigmoid(zo)];
    c = tf.add(tf.mul(f, c), tf.mul(i, g));
    h = tf.mul(o, tf.tanh(c));
    gates.push(tf.concat([i, f, g, o], 1));
    cells.push(c);
    states.push(h);
  }
  return { gates: sequence(gates), cells: sequence(cells), states: sequence(states) };
}

/**
 * The gradient of what the gates are computed from, from that of the states: with `dh[t] = dy[t] + δ[t+1]·Uᵀ` and
 * `dc[t] = dh[t] · o · (1 - tanh²(c[t])) + f[t+1] · dc[t+1]`, δ is `dc · g · i(1 - i)`, `dc · c[t-1] · f(1 - f)`,
 * `dc · i · (1 - g²)` and `dh · tanh(c) · o(1 - o)`.
 *
 * @returns `[time, batch, 4 · units]`
 */
function backward(
  dy: tf.Tensor3D,
  gates: tf.Tensor3D,
  cells: tf.Tensor3D,
  recurrentKernel: tf.Tensor2D,
): tf.Tensor3D {
  const [dys, allGates, allCells] = [dy, gates, cells].map(stepsOf);
  const zeros = tf.zerosLike(dys[0]);
  let [dhOfLater, dcOfLater] = [zeros, zeros];
  const deltas: tf.Tensor2D[] = [];
  for (let t = dys.length - 1; t >= 0; t--) {
    const [i, f, g, o] = tf.split<tf.Tensor2D>(allGates[t], 4, 1);
    const squashed = tf.tanh(allCells[t]);
    const dh = tf.add<tf.Tensor2D>(dys[t], dhOfLater);
    const dc = tf.add<tf.Tensor2D>(tf.mul(tf.mul(dh, o), complement(tf.square(squashed))), dcOfLater);
    const delta: tf.Tensor2D = tf.concat(
      [
        tf.mul<tf.Tensor2D>(tf.mul(dc, g), slope(i)),
        tf.mul<tf.Tensor2D>(tf.mul(dc, t === 0 ? zeros : allCells[t - 1]), slope(f)),
        tf.mul<tf.Tensor2D>(tf.mul(dc, i), complement(tf.square(g))),
        tf.mul<tf.Tensor2D>(tf.mul(dh, squashed), slope(o)),
      ],
      1,
    );
    deltas.push(delta);
    dhOfLater = tf.matMul(delta, recurrentKernel, false, true);
    dcOfLater = tf.mul(dc, f);
  }
  return sequence(deltas.reverse());
}

/** The derivative of the sigmoid where its value is s. */
function slope(s: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(s, complement(s));
}

function complement(x: tf.Tensor2D): tf.Tensor2D {
  return tf.sub(1, x);
}

/** The steps `[batch, …]` of a sequence `[time, batch, …]`. */
function stepsOf(sequence: tf.Tensor3D): tf.Tensor2D[] {
  return tf.unstack(sequence) as tf.Tensor2D[];
}

function sequence(steps: tf.Tensor2D[]): tf.Tensor3D {
  return tf.stack(steps) as tf.Tensor3D;
}
