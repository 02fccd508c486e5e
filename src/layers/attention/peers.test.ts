// The attention layers are those of timm, and BAM and SimAM those of their papers: the same output and gradients from the
// same weights, on recordings without padding.
import type tf from '#tfjs';
import { beforeAll } from 'vitest';
import { installTorch, testWithTorch } from '../../../test/support/python.js';
import {
  drawExample,
  expectResults,
  torchResults,
  type Example,
  type Results,
} from '../../../test/support/torch.js';
import { loadEngine } from '../../engine/index.js';
import {
  bam1d,
  cbam1d,
  eca1d,
  gatherExcite1d,
  globalContext1d,
  simam1d,
  squeezeExcite1d,
  temporalAttention1d,
} from '../index.js';

const [batch, time, channels] = [3, 8, 16];

/** The layers by the names of their peers in the script. */
const layers: Record<string, () => tf.layers.Layer> = {
  'squeeze-excite': () => squeezeExcite1d({ ratio: 4, bias: true }),
  'squeeze-excite without bias': () => squeezeExcite1d({ ratio: 4 }),
  eca: () => eca1d(),
  'eca of five channels': () => eca1d({ kernelSize: 5 }),
  cbam: () => cbam1d({ ratio: 4, bias: false }),
  temporal: () => temporalAttention1d(),
  'gather-excite, global': () => gatherExcite1d(),
  'gather-excite, global with a bottleneck': () => gatherExcite1d({ ratio: 4 }),
  'gather-excite, extent 2': () => gatherExcite1d({ extent: 2 }),
  'gather-excite, extent 4 with a bottleneck': () => gatherExcite1d({ extent: 4, ratio: 4 }),
  'gather-excite, extent 2 by convolution': () => gatherExcite1d({ extent: 2, parameters: true }),
  'gather-excite, extent 4 by convolution with a bottleneck': () =>
    gatherExcite1d({ extent: 4, parameters: true, ratio: 4 }),
  'global-context, added': () => globalContext1d({ ratio: 4 }),
  'global-context, scaling': () => globalContext1d({ ratio: 4, fusion: 'scale' }),
  bam: () => bam1d({ ratio: 4 }),
  simam: () => simam1d(),
};

/** Those with a batch norm compute something else in training. */
const cases = Object.keys(layers).flatMap((name) => [
  { name, mode: 'evaluation' },
  ...(/cbam|temporal|by convolution|bam/.test(name) ? [{ name, mode: 'training' }] : []),
]);

/** Layers with their examples, in the order of the cases. */
let prepared: { layer: tf.layers.Layer; example: Example }[] = [];

beforeAll(async () => {
  await loadEngine();
  await installTorch();
  prepared = cases.map(({ name, mode }) => {
    const layer = layers[name]();
    layer.build([batch, time, channels]);
    const shape: [number, number, number] = [batch, time, channels];
    return { layer, example: drawExample(layer, { x: shape, y: shape, training: mode === 'training' }) };
  });
}, 900_000);

/** PyTorch's side of all cases, computed once. */
let peers: Promise<Results[]> | undefined;

testWithTorch.for(cases.map(({ name, mode }, i) => [name, mode, i] as const))(
  '%s in %s: output and gradients are those of its peer',
  { timeout: 300_000 },
  async ([, , i], { python }) => {
    const examples = prepared.map(({ example }, i) => ({ ...example, name: cases[i].name }));
    peers ??= python(torchResults + script, examples) as Promise<Results[]>;
    const { layer, example } = prepared[i];
    const apply = (x: tf.Tensor3D) => layer.apply(x, { training: example.training }) as tf.Tensor;
    expectResults(layer, apply, example, (await peers)[i]);
  },
);

// timm's modules are for images, and here see images one pixel wide. timm itself is not imported, only its layers, since its
// models need packages that they do not; a class of torchvision that they name stands in by a name. Where a module's own
// settings are not those of the publication, the script says so.
const script = `
import importlib.util, sys, types
from torch.nn import functional as F

timm, *torchvision = (types.ModuleType(name) for name in ("timm", "torchvision", "torchvision.ops", "torchvision.ops.misc"))
timm.__path__ = list(importlib.util.find_spec("timm").submodule_search_locations)
torchvision[-1].FrozenBatchNorm2d = nn.Identity
sys.modules.update({module.__name__: module for module in (timm, *torchvision)})
from timm.layers import EcaModule, GatherExcite, GlobalContext, SEModule
from timm.layers.cbam import CbamModule, SpatialAttn

B, T, C = ${batch}, ${time}, ${channels}
quarter = dict(rd_ratio=1 / 4, rd_divisor=1)

class Image(nn.Module):
    """A module for images, on recordings."""
    def __init__(self, image):
        super().__init__()
        self.image = image

    def forward(self, x):
        return self.image(x.unsqueeze(3)).squeeze(3)

def pointwise(matrix):
    """A matrix [in, out] as a convolution over one pixel."""
    return matrix.T[:, :, None, None]

def column(kernel):
    """A kernel over time [steps, in, out] as the middle column of a square one; the others never see a pixel."""
    steps = kernel.shape[0]
    return F.pad(kernel.permute(2, 1, 0).unsqueeze(3), (steps // 2, steps // 2))

def bottleneck(prefix, w):
    given = {prefix + "fc1.weight": pointwise(w["reduction_kernel"]), prefix + "fc2.weight": pointwise(w["expansion_kernel"])}
    biases = {prefix + "fc1.bias": w["reduction_bias"], prefix + "fc2.bias": w["expansion_bias"]} if "reduction_bias" in w else {}
    return {**given, **biases}

def temporal(prefix, w):
    statistics = norm(prefix + "conv.bn.", w, "temporal_norm_", B * T, 0.01)
    return {prefix + "conv.conv.weight": column(w["temporal_kernel"]), **statistics}

def slow(module):
    """The authors' code of CBAM keeps 0.99 of its averages."""
    for each in module.modules():
        if isinstance(each, nn.BatchNorm2d):
            each.momentum = 0.01
    return module

def gathering(w, halvings):
    given = {}
    for i in range(1, halvings + 1):
        given[f"image.gather.conv{i}.weight"] = column(w[f"gather_kernel{i}"])
        given.update(norm(f"image.gather.norm{i}.", w, f"gather_norm{i}_", B * T // 2**i))
    return given

def context(**fusion):
    module = GlobalContext(C, **fusion, **quarter)
    for each in module.modules():
        if isinstance(each, nn.LayerNorm):
            each.eps = 1e-5  # as in the authors' code; timm's is 1e-6
    return Image(module)

def of_context(prefix, w):
    # A bias of all scores changes no softmax; masq has none.
    scores = {"image.conv_attn.weight": pointwise(w["scores"]), "image.conv_attn.bias": torch.zeros(1)}
    layer_norm = {f"image.{prefix}.norm.weight": w["norm_gamma"], f"image.{prefix}.norm.bias": w["norm_beta"]}
    return {**scores, **layer_norm, **bottleneck(f"image.{prefix}.", w)}

class Bam(nn.Module):
    """x + x * sigmoid(Mc + Ms), equations 1 to 5 of the paper, a ReLU between layers, no bias before a batch norm."""
    def __init__(self, hidden, size=3, dilation=4):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(C, hidden), nn.Linear(hidden, C, bias=False)
        self.channel_norm = nn.BatchNorm1d(C)
        dilated = dict(dilation=dilation, padding="same")
        self.conv1 = nn.Conv1d(C, hidden, 1)
        self.conv2 = nn.Conv1d(hidden, hidden, size, **dilated)
        self.conv3 = nn.Conv1d(hidden, hidden, size, **dilated)
        self.conv4 = nn.Conv1d(hidden, 1, 1, bias=False)
        self.temporal_norm = nn.BatchNorm1d(1)

    def forward(self, x):
        of_channels = self.channel_norm(self.fc2(F.relu(self.fc1(x.mean(2)))))
        y = x
        for convolution in (self.conv1, self.conv2, self.conv3):
            y = F.relu(convolution(y))
        of_steps = self.temporal_norm(self.conv4(y))
        return x + x * torch.sigmoid(of_channels.unsqueeze(2) + of_steps)

def of_bam(w):
    given = {
        "fc1.weight": w["reduction_kernel"].T, "fc1.bias": w["reduction_bias"],
        "fc2.weight": w["expansion_kernel"].T,
        **norm("channel_norm.", w, "channel_norm_", B), **norm("temporal_norm.", w, "temporal_norm_", B * T),
    }
    for i in (1, 2, 3, 4):
        given[f"conv{i}.weight"] = w[f"temporal_kernel{i}"].permute(2, 1, 0)
        if i < 4:
            given[f"conv{i}.bias"] = w[f"temporal_bias{i}"]
    return given

class Simam(nn.Module):
    """x * sigmoid(1 / e*), e* = 4 (s2 + l) / ((x - m)2 + 2 s2 + 2 l), equation 5 of the paper, its s2 over n - 1."""
    def forward(self, x):
        squares = (x - x.mean(2, keepdim=True)) ** 2
        variance = squares.sum(2, keepdim=True) / (T - 1)
        energy = 4 * (variance + 1e-4) / (squares + 2 * variance + 2e-4)
        return x * torch.sigmoid(1 / energy)

def image(module, parameters):
    return lambda: Image(module()), parameters

peers = {
    "squeeze-excite": image(lambda: SEModule(C, **quarter), lambda w: bottleneck("image.", w)),
    "squeeze-excite without bias": image(lambda: SEModule(C, bias=False, **quarter), lambda w: bottleneck("image.", w)),
    "eca": image(lambda: EcaModule(C), lambda w: {"image.conv.weight": w["kernel"].permute(2, 1, 0)}),
    "eca of five channels": image(
        lambda: EcaModule(kernel_size=5), lambda w: {"image.conv.weight": w["kernel"].permute(2, 1, 0)}),
    "cbam": image(
        lambda: slow(CbamModule(C, **quarter)),
        lambda w: {**bottleneck("image.channel.", w), **temporal("image.spatial.", w)}),
    "temporal": image(lambda: slow(SpatialAttn()), lambda w: temporal("image.", w)),
    "gather-excite, global": image(lambda: GatherExcite(C, use_mlp=False), lambda w: {}),
    "gather-excite, global with a bottleneck": image(
        lambda: GatherExcite(C, **quarter), lambda w: bottleneck("image.mlp.", w)),
    "gather-excite, extent 2": image(lambda: GatherExcite(C, extent=2, use_mlp=False), lambda w: {}),
    "gather-excite, extent 4 with a bottleneck": image(
        lambda: GatherExcite(C, extent=4, **quarter), lambda w: bottleneck("image.mlp.", w)),
    "gather-excite, extent 2 by convolution": image(
        lambda: GatherExcite(C, extent=2, extra_params=True, use_mlp=False), lambda w: gathering(w, 1)),
    "gather-excite, extent 4 by convolution with a bottleneck": image(
        lambda: GatherExcite(C, extent=4, extra_params=True, **quarter),
        lambda w: {**gathering(w, 2), **bottleneck("image.mlp.", w)}),
    "global-context, added": (
        lambda: context(fuse_add=True, fuse_scale=False), lambda w: of_context("mlp_add", w)),
    "global-context, scaling": (
        lambda: context(fuse_add=False, fuse_scale=True), lambda w: of_context("mlp_scale", w)),
    "bam": (lambda: Bam(C // 4), of_bam),
    "simam": (Simam, lambda w: {}),
}

def main(examples):
    pairs = [(example, peers[example["name"]]) for example in examples]
    return [results(example, make(), parameters) for example, (make, parameters) in pairs]
`;
