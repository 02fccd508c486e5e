# The networks of the benchmark in PyTorch, [batch, channels, time], without masks.
import torch
from torch import nn


def torch_network(network, channels, classes):
    """A network of networks.json, from [batch, channels, time] to logits."""
    network = dict(network)
    body, width = BODIES[network.pop("body")](channels, **network)
    return nn.Sequential(body, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(width, classes))


def fcn(channels, filters, kernelSizes, ratio):
    layers = []
    for i, (width, kernel_size) in enumerate(zip(filters, kernelSizes)):
        layers += [convolve_and_normalize(channels, width, kernel_size), nn.ReLU()]
        if i < 2:
            layers.append(SqueezeExcite(width, ratio))
        channels = width
    return nn.Sequential(*layers), channels


def resnet(channels, filters, kernelSizes, ratio):
    blocks = []
    for width in filters:
        blocks.append(ResidualBlock(channels, width, kernelSizes, ratio))
        channels = width
    return nn.Sequential(*blocks), channels


def inception(channels, depth, filters, bottleneck, kernelSizes, ratio):
    return (
        InceptionTime(channels, depth, filters, bottleneck, kernelSizes, ratio),
        filters * (len(kernelSizes) + 1),
    )


BODIES = {"fcn": fcn, "resnet": resnet, "inception": inception}


class ResidualBlock(nn.Module):
    def __init__(self, channels, width, kernel_sizes, ratio):
        super().__init__()
        self.shortcut = normalize(width) if channels == width else convolve_and_normalize(channels, width, 1)
        layers = []
        for kernel_size in kernel_sizes:
            layers += [convolve_and_normalize(channels, width, kernel_size), nn.ReLU()]
            channels = width
        self.layers = nn.Sequential(*layers[:-1], SqueezeExcite(width, ratio))

    def forward(self, x):
        return torch.relu(self.layers(x) + self.shortcut(x))


class InceptionTime(nn.Module):
    def __init__(self, channels, depth, filters, bottleneck, kernel_sizes, ratio):
        super().__init__()
        width = filters * (len(kernel_sizes) + 1)
        inputs = [channels] + [width] * (depth - 1)
        self.modules_in_order = nn.ModuleList(
            InceptionModule(each, filters, bottleneck, kernel_sizes, ratio) for each in inputs
        )
        self.shortcuts = nn.ModuleList(convolve_and_normalize(each, width, 1) for each in inputs[::3][: depth // 3])

    def forward(self, x):
        residual = x
        for i, module in enumerate(self.modules_in_order):
            x = module(x)
            if i % 3 == 2:
                residual = x = torch.relu(x + self.shortcuts[i // 3](residual))
        return x


class InceptionModule(nn.Module):
    def __init__(self, channels, filters, bottleneck, kernel_sizes, ratio):
        super().__init__()
        width = filters * (len(kernel_sizes) + 1)
        self.bottleneck = convolve(channels, bottleneck, 1)
        self.branches = nn.ModuleList(convolve(bottleneck, filters, kernel_size) for kernel_size in kernel_sizes)
        self.pooled = nn.Sequential(nn.MaxPool1d(3, stride=1, padding=1), convolve(channels, filters, 1))
        self.join = nn.Sequential(normalize(width), nn.ReLU(), SqueezeExcite(width, ratio))

    def forward(self, x):
        narrow = self.bottleneck(x)
        branches = [branch(narrow) for branch in self.branches]
        return self.join(torch.cat([*branches, self.pooled(x)], dim=1))


class SqueezeExcite(nn.Module):
    def __init__(self, channels, ratio):
        super().__init__()
        hidden = max(1, channels // ratio)
        self.reduction = nn.Linear(channels, hidden, bias=False)
        self.expansion = nn.Linear(hidden, channels, bias=False)

    def forward(self, x):
        gate = torch.sigmoid(self.expansion(torch.relu(self.reduction(x.mean(dim=2)))))
        return x * gate.unsqueeze(2)


def convolve(channels, filters, kernel_size):
    return nn.Conv1d(channels, filters, kernel_size, padding="same", bias=False)


def normalize(channels):
    return nn.BatchNorm1d(channels, eps=1e-3)


def convolve_and_normalize(channels, filters, kernel_size):
    return nn.Sequential(convolve(channels, filters, kernel_size), normalize(filters))
