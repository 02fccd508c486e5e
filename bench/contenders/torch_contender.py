# The contender PyTorch. Usage: python torch_contender.py SETTINGS, a JSON object {modes, precision, threads, device}; modes
# are `eager` and `compiled`, whose shapes are dynamic once a second one comes (PyTorch's default).
import contextlib
import json
import platform
import sys

import torch

from plan import read_plan
from serve import Unavailable, memory, serve, time_steps
from torch_networks import torch_network

settings = json.loads(sys.argv[1])
torch.set_num_threads(settings["threads"])
# TensorFlow takes numbers too small for its fast paths for 0 everywhere, and so do the others here.
torch.set_flush_denormal(True)
torch.manual_seed(1)
device = torch.device("cpu" if settings["device"] == "cpu" else "cuda")
# On cards TensorFlow multiplies in TF32 and chooses algorithms of convolutions by their time.
torch.set_float32_matmul_precision("high")
torch.backends.cudnn.benchmark = True
batches = []
networks = {}
optimizer = None
loss_of = torch.nn.CrossEntropyLoss()


def build(network, plan):
    global optimizer
    if device.type == "cuda" and not torch.cuda.is_available():
        raise Unavailable("This PyTorch finds no graphics card.")
    channels, classes, planned = read_plan(plan)
    for values, labels in planned:
        values = torch.from_numpy(values).transpose(1, 2).contiguous()
        batches.append((values.to(device), torch.from_numpy(labels).to(device)))
    model = torch_network(network, channels, classes).to(device)
    for mode in settings["modes"]:
        networks[mode] = torch.compile(model) if mode == "compiled" else model
    # The fused update is the fastest that PyTorch has.
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01, fused=True)
    return {
        "parameters": sum(each.numel() for each in model.parameters()),
        "modes": settings["modes"],
        "predictModes": settings["modes"],
        "captureSeconds": None,
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
    }


def precision():
    if settings["precision"] == "float32":
        return contextlib.nullcontext()
    return torch.autocast(device.type, torch.bfloat16)


def burst(mode, first, steps):
    network = networks[mode]
    network.train()

    def step(n):
        values, labels = batches[n % len(batches)]
        optimizer.zero_grad(set_to_none=True)
        with precision():
            loss = loss_of(network(values), labels)
        loss.backward()
        optimizer.step()
        return loss

    return time_steps(steps, first, step, lambda loss: loss.item())


def predict(mode, first, steps):
    network = networks[mode]
    network.eval()

    def step(n):
        with torch.no_grad(), precision():
            return torch.softmax(network(batches[n % len(batches)][0]), 1).float().cpu().numpy()

    return {"milliseconds": time_steps(steps, first, step, lambda _: None)["milliseconds"]}


serve({"build": build, "burst": burst, "predict": predict, "memory": memory})
