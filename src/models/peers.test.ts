// FCN and ResNet are those that one would write in PyTorch: the same logits, gradients and moving statistics from the same
// weights, on recordings without padding.
import tf from '#tfjs';
import { beforeAll } from 'vitest';
import { installTorch, testWithTorch } from '../../test/support/python.js';
import {
  drawExample,
  expectResults,
  torchResults,
  type Example,
  type Results,
} from '../../test/support/torch.js';
import { loadEngine } from '../engine/index.js';
import { buildModel } from './index.js';

const [batch, time, channels, classes] = [4, 11, 3, 5];

/** `ratio: 0`: without attention. */
const networks = [
  { name: 'fcn', filters: [8, 12, 8], kernelSizes: [8, 5, 3], ratio: 0 },
  { name: 'fcn', filters: [8, 12, 8], kernelSizes: [8, 5, 3], ratio: 4 },
  { name: 'resnet', filters: [6, 8, 8], kernelSizes: [8, 5, 3], ratio: 0 },
  { name: 'resnet', filters: [6, 8, 8], kernelSizes: [8, 5, 3], ratio: 4 },
];

const cases = networks.flatMap((network) =>
  ['evaluation', 'training'].map((mode) => {
    const attention = network.ratio === 0 ? 'no attention' : 'squeeze and excitation';
    return { ...network, mode, title: `${network.name} with ${attention} in ${mode}` };
  }),
);

/** Models with their examples, in the order of the cases. */
let prepared: { model: tf.LayersModel; example: Example }[] = [];

beforeAll(async () => {
  await loadEngine();
  await installTorch();
  prepared = cases.map(({ name, filters, kernelSizes, ratio, mode }) => {
    const attention = ratio === 0 ? 'none' : { name: 'squeeze-excite', ratio };
    const model = buildModel({ name, filters, kernelSizes, attention }, { channels, classes, seed: 1 });
    const shape: [number, number, number] = [batch, time, channels];
    const training = mode === 'training';
    return { model, example: drawExample(model, { x: shape, y: [batch, classes], training }) };
  });
}, 900_000);

/** PyTorch's side of all cases, computed once. */
let peers: Promise<Results[]> | undefined;

testWithTorch.for(cases.map(({ title }, i) => [title, i] as const))(
  '%s: logits, gradients and moving statistics are those of PyTorch',
  { timeout: 300_000 },
  async ([, i], { python }) => {
    const examples = prepared.map(({ example }, i) => ({ ...example, network: cases[i] }));
    peers ??= python(torchResults + script, examples) as Promise<Results[]>;
    const { model, example } = prepared[i];
    const lengths = tf.fill([batch, 1], time, 'int32');
    const apply = (x: tf.Tensor3D) => model.apply([x, lengths], { training: example.training }) as tf.Tensor;
    expectResults(model, apply, example, (await peers)[i]);
  },
);

/** The networks of Wang, Yan and Oates 2017; their layers have the names of masq's. */
const script = `
from torch.nn import functional as F

class Network(nn.Module):
    def __init__(self, filters, kernel_sizes, ratio):
        super().__init__()
        self.filters, self.kernel_sizes, self.ratio = filters, kernel_sizes, ratio
        self.logits = nn.Linear(filters[-1], ${classes})

    def add_convolution(self, name, channels, filters, kernel_size):
        self.add_module(name, nn.Conv1d(channels, filters, kernel_size, padding="same", bias=False))
        self.add_norm(name, filters)

    def add_norm(self, name, channels):
        self.add_module(name + "_norm", nn.BatchNorm1d(channels, eps=1e-3))

    def add_attention(self, name, channels):
        if self.ratio > 0:
            self.add_module(name, SqueezeExcite(channels, channels // self.ratio))

    def convolve(self, x, name):
        return getattr(self, name + "_norm")(getattr(self, name)(x))

    def attend(self, x, name):
        return getattr(self, name)(x) if self.ratio > 0 else x

class SqueezeExcite(nn.Module):
    def __init__(self, channels, hidden):
        super().__init__()
        self.reduction = nn.Linear(channels, hidden, bias=False)
        self.expansion = nn.Linear(hidden, channels, bias=False)

    def forward(self, x):
        gate = torch.sigmoid(self.expansion(F.relu(self.reduction(x.mean(2)))))
        return x * gate.unsqueeze(2)

class Fcn(Network):
    def __init__(self, channels, filters, kernel_sizes, ratio):
        super().__init__(filters, kernel_sizes, ratio)
        for i, (width, kernel_size) in enumerate(zip(filters, kernel_sizes), 1):
            self.add_convolution(f"block{i}_conv", channels, width, kernel_size)
            if i < 3:
                self.add_attention(f"block{i}_attention", width)
            channels = width

    def forward(self, x):
        for i in (1, 2, 3):
            x = F.relu(self.convolve(x, f"block{i}_conv"))
            if i < 3:
                x = self.attend(x, f"block{i}_attention")
        return self.logits(x.mean(2))

class Resnet(Network):
    def __init__(self, channels, filters, kernel_sizes, ratio):
        super().__init__(filters, kernel_sizes, ratio)
        for i, width in enumerate(filters, 1):
            if channels == width:
                self.add_norm(f"block{i}_shortcut", width)
            else:
                self.add_convolution(f"block{i}_shortcut", channels, width, 1)
            for j, kernel_size in enumerate(kernel_sizes, 1):
                self.add_convolution(f"block{i}_conv{j}", channels, width, kernel_size)
                channels = width
            self.add_attention(f"block{i}_attention", width)

    def forward(self, x):
        for i in (1, 2, 3):
            name = f"block{i}_shortcut"
            shortcut = self.convolve(x, name) if hasattr(self, name) else getattr(self, name + "_norm")(x)
            y = F.relu(self.convolve(x, f"block{i}_conv1"))
            y = F.relu(self.convolve(y, f"block{i}_conv2"))
            y = self.attend(self.convolve(y, f"block{i}_conv3"), f"block{i}_attention")
            x = F.relu(y + shortcut)
        return self.logits(x.mean(2))

def parameters(weights):
    """Those of all modules from masq's weights, whose names are <layer>.<role>."""
    given = {}
    for name, weight in weights.items():
        layer, role = name.split(".")
        if role == "gamma":
            given.update(norm(layer + ".", weights, layer + ".", ${batch * time}))
        elif role == "bias":
            given[name] = weight
        elif role == "kernel":
            given[layer + ".weight"] = weight.permute(*reversed(range(weight.dim())))
        elif role.endswith("_kernel"):
            given[f"{layer}.{role.removesuffix('_kernel')}.weight"] = weight.T
    return given

def main(examples):
    networks = {"fcn": Fcn, "resnet": Resnet}
    def one(example):
        network = example["network"]
        module = networks[network["name"]](${channels}, network["filters"], network["kernelSizes"], network["ratio"])
        return results(example, module, parameters)
    return [one(example) for example in examples]
`;
