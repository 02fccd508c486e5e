# Reads the batches that all contenders are given.
import json
import os

import numpy


def read_plan(path):
    """The plan in a file that `writePlan` wrote: (channels, classes, batches), a batch being values
    [batch, time, channels] and labels [batch]. The peers take no notice of lengths."""
    with open(path) as file:
        plan = json.load(file)
    everything = numpy.fromfile(os.path.join(os.path.dirname(path), plan["values"]), "<f4")
    batches = []
    for batch in plan["batches"]:
        shape = (len(batch["lengths"]), batch["time"], plan["channels"])
        values = everything[batch["offset"] :][: shape[0] * shape[1] * shape[2]].reshape(shape)
        batches.append((values, numpy.asarray(batch["labels"], "int64")))
    return plan["channels"], plan["classes"], batches
