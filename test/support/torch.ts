// Compares layers and models with modules of PyTorch that have the same weights: output, gradients, moving statistics.
import tf from '#tfjs';
import { expect } from 'vitest';
import { deviation } from './golden.js';
import { trainableVariables } from './variables.js';
import { referenceTolerance } from './devices.js';

type Nested = number | Nested[];

/** What both sides are given. */
export interface Example {
  readonly training: boolean;
  /** `[batch, time, channels]`. */
  readonly x: number[][][];
  /** What the output is multiplied by before it is summed to the number whose gradients are compared. */
  readonly dy: Nested;
  /** By name, in masq's shapes. */
  readonly weights: Record<string, Nested>;
}

/** What PyTorch's side gives. */
export interface Results {
  readonly y: Nested;
  /** Of `x`, and of each weight. */
  readonly gradients: Record<string, Nested>;
  /** Moving statistics after the pass. */
  readonly moved: Record<string, Nested>;
}

/** What has weights: a layer or a model. */
type Subject = Pick<tf.layers.Layer, 'weights' | 'trainableWeights' | 'getWeights' | 'setWeights'>;

export interface ExampleOptions {
  /** Shapes of input and output. */
  readonly x: [number, number, number];
  readonly y: number[];
  readonly training: boolean;
}

/**
 * Gives a layer or model weights as after training, each of which shows in the output, and draws an input. Weights of one
 * dimension are near 1, since variances are among them.
 */
export function drawExample(subject: Subject, { x, y, training }: ExampleOptions): Example {
  return tf.tidy(() => {
    const drawn = subject.getWeights().map(({ shape }, i) => {
      if (shape.length === 1) return tf.randomUniform(shape, 0.5, 1.5, 'float32', 10 + i);
      return tf.randomNormal(shape, 0, 0.5, 'float32', 10 + i);
    });
    subject.setWeights(drawn);
    return {
      training,
      x: tf.randomNormal<tf.Rank.R3>(x, 0, 1, 'float32', 1).arraySync(),
      dy: tf.randomNormal(y, 0, 1, 'float32', 2).arraySync(),
      weights: Object.fromEntries(
        subject.weights.map((weight) => [nameOf(weight), weight.read().arraySync()]),
      ),
    };
  });
}

/** A weight's name in its layer, with the layer's own before it in a model: `kernel`, `block1_conv.kernel`. */
function nameOf({ originalName }: tf.LayerVariable): string {
  return originalName.replaceAll('/', '.');
}

/**
 * Checks that a layer or model that {@link drawExample} has prepared gives what PyTorch gave: output and moving statistics
 * to `1e-5 + 1e-5 · |value|`, each gradient to `1e-5 + 1e-5 · ‖gradient‖`.
 */
export function expectResults(
  subject: Subject,
  apply: (x: tf.Tensor3D) => tf.Tensor,
  { x, dy }: Example,
  expected: Results,
): void {
  tf.tidy(() => {
    const input: tf.Variable<tf.Rank.R3> = tf.variable(tf.tensor3d(x));
    const variables = trainableVariables(subject);
    const outputs: tf.Tensor[] = [];
    const { grads } = tf.variableGrads(() => {
      const y = apply(input);
      outputs.push(tf.keep(tf.clone(y)));
      return tf.sum<tf.Scalar>(tf.mul(y, tf.tensor(dy)));
    }, [input, ...variables]);
    expect(deviation(outputs[0], expected.y), 'output').toBeLessThan(1);
    tf.dispose(outputs);
    const named: [string, tf.Variable][] = [
      ['x', input],
      ...subject.trainableWeights.map((weight, i): [string, tf.Variable] => [nameOf(weight), variables[i]]),
    ];
    for (const [name, variable] of named) {
      const gradient = tf.tensor(expected.gradients[name]);
      expect(lengthDeviation(grads[variable.name], gradient), `gradient of ${name}`).toBeLessThan(1);
    }
    for (const weight of subject.weights.filter((weight) => !subject.trainableWeights.includes(weight))) {
      const name = nameOf(weight);
      expect(deviation(weight.read(), expected.moved[name]), name).toBeLessThan(1);
    }
  });
}

/** `‖a - b‖` as a share of `1e-5 + 1e-5 · ‖b‖`. */
function lengthDeviation(a: tf.Tensor, b: tf.Tensor): number {
  return tf.div(tf.norm(tf.sub(a, b)), tf.mul(referenceTolerance(1e-5), tf.add(1, tf.norm(b)))).dataSync()[0];
}

/**
 * Python for the other side, to be put before a script. `results(example, module, parameters)` gives the {@link Results} of a
 * module from and to `[batch, channels, time]`; `parameters` makes the module's parameters and buffers, by name, of masq's
 * weights. It computes in float64, so that what differs is masq's own rounding.
 */
export const torchResults = `
import torch
from torch import nn
from torch.func import functional_call

torch.set_default_dtype(torch.float64)

moving = []

def norm(prefix, weights, name, count, momentum=0.1):
    """What a batch norm over so many values takes, of the weights whose names begin with the given one."""
    gamma, beta, mean, variance = (weights[name + role] for role in ("gamma", "beta", "moving_mean", "moving_variance"))
    statistics = {"running_mean": mean.detach().clone(), "running_var": variance.detach().clone()}
    moving.append((name, statistics, variance.detach(), count, momentum))
    return {prefix + role: value for role, value in {"weight": gamma, "bias": beta, **statistics}.items()}

def moved(training):
    """The statistics after the pass. PyTorch moves the variance towards the unbiased one of the batch, masq the biased."""
    for name, statistics, before, count, momentum in moving:
        kept = (1 - momentum) * before
        biased = kept + (statistics["running_var"] - kept) * (count - 1) / count
        yield name + "moving_mean", statistics["running_mean"]
        yield name + "moving_variance", biased if training else statistics["running_var"]

def results(example, module, parameters):
    moving.clear()
    training = example["training"]
    weights = {name: torch.tensor(value, requires_grad=True) for name, value in example["weights"].items()}
    x = torch.tensor(example["x"], requires_grad=True)
    given = parameters(weights)
    missing = dict(module.named_parameters()).keys() - given.keys()
    if missing:
        raise ValueError(f"no weights for {sorted(missing)}")
    y = functional_call(module.train(training), given, (x.transpose(1, 2),))
    y = y.transpose(1, 2) if y.dim() == 3 else y
    (y * torch.tensor(example["dy"])).sum().backward()
    gradients = {"x": x, **{name: weight for name, weight in weights.items() if weight.grad is not None}}
    return {
        "y": y.tolist(),
        "gradients": {name: tensor.grad.tolist() for name, tensor in gradients.items()},
        "moved": {name: tensor.tolist() for name, tensor in moved(training)},
    }
`;
