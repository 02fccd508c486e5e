# The contender Keras on TensorFlow graphs. Usage: python keras_contender.py SETTINGS, a JSON object
# {precision, threads, device}.
import json
import math
import platform
import sys
import time

import numpy
import tensorflow as tf
from tensorflow import keras

from keras_networks import keras_network
from plan import read_plan
from serve import Unavailable, memory, serve, time_steps

settings = json.loads(sys.argv[1])
tf.config.threading.set_intra_op_parallelism_threads(settings["threads"])
tf.config.threading.set_inter_op_parallelism_threads(settings["threads"])
keras.utils.set_random_seed(1)
if settings["precision"] == "bfloat16":
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
# Steps that `fit` makes in one call of TensorFlow in the mode that makes several.
TOGETHER = 8
# How each mode compiles the model: `batch` is `train_on_batch`, the others are `fit`.
MODES = {
    "fit": {"jit_compile": False},
    "fit-auto": {"jit_compile": "auto"},
    f"fit-{TOGETHER}": {"jit_compile": False, "steps_per_execution": TOGETHER},
    "batch": {"jit_compile": False},
}
models = {}
batches = []
dataset = None


def build(network, plan):
    global dataset
    if settings["device"] != "cpu" and not tf.config.list_physical_devices("GPU"):
        raise Unavailable("This TensorFlow finds no graphics card; MASQ_BENCH_PYTHON names a Python with tensorflow[and-cuda].")
    channels, classes, planned = read_plan(plan)
    batches.extend((tf.constant(values), tf.constant(labels)) for values, labels in planned)
    equal = len({values.shape for values, _ in planned}) == 1
    dataset = resident(planned, channels, equal)
    network = keras_network(network, planned[0][0].shape[1] if equal else None, channels, classes)
    for mode, options in MODES.items():
        # The same layers and weights in every mode.
        models[mode] = keras.Model(network.inputs, network.outputs)
        models[mode].compile(
            keras.optimizers.AdamW(1e-3, weight_decay=0.01),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            **options,
        )
    return {
        "parameters": sum(math.prod(weight.shape) for weight in network.trainable_variables),
        "modes": list(MODES),
        "predictModes": list(MODES),
        "captureSeconds": None,
        "versions": {
            "python": platform.python_version(),
            "tensorflow (Python)": tf.__version__,
            "keras": keras.__version__,
            "numpy": numpy.__version__,
        },
    }


def resident(planned, channels, equal):
    """The batches again and again, from memory, prefetched: one element a batch, so that nothing is put together."""
    if equal:
        data = tf.data.Dataset.from_tensor_slices(
            (numpy.stack([values for values, _ in planned]), numpy.stack([labels for _, labels in planned]))
        )
    else:
        signature = (
            tf.TensorSpec((None, None, channels), tf.float32),
            tf.TensorSpec((None,), tf.int64),
        )
        data = tf.data.Dataset.from_generator(lambda: iter(batches), output_signature=signature)
    return data.repeat().prefetch(tf.data.AUTOTUNE)


class EpochTimer(keras.callbacks.Callback):
    """Times the steps of an epoch, from the second call of TensorFlow on where there are several: before the first one
    the data's iterator is made. (A callback at the end of a batch would have the loss read back.)"""

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()
        self.calls = 0

    def on_train_batch_begin(self, batch, logs=None):
        self.calls += 1
        if self.calls == 2:
            self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.milliseconds = 1000 * (time.perf_counter() - self.start)


def calls(mode, steps):
    """Steps in one call of TensorFlow, and the least number of calls that make `steps`."""
    together = MODES[mode].get("steps_per_execution", 1)
    return together, math.ceil(steps / together)


def burst(mode, first, steps):
    model = models[mode]
    if mode == "batch":
        return time_steps(steps, first, lambda n: model.train_on_batch(*batches[n % len(batches)]), float)
    timer = EpochTimer()
    together, number = calls(mode, steps)
    # A single step wakes the contender up, and the first one of all must not be two.
    made = together * (number if steps == 1 else number + 1)
    history = model.fit(dataset, steps_per_epoch=made, verbose=0, callbacks=[timer])
    return {
        "steps": together * number,
        "milliseconds": timer.milliseconds,
        "loss": float(history.history["loss"][-1]),
    }


def predict(mode, first, steps):
    model = models[mode]
    if mode == "batch":
        step = lambda n: model.predict_on_batch(batches[n % len(batches)][0])
        return {"steps": steps, "milliseconds": time_steps(steps, first, step, lambda _: None)["milliseconds"]}
    together, number = calls(mode, steps)
    start = time.perf_counter()
    model.predict(dataset, steps=together * number, verbose=0)
    return {"steps": together * number, "milliseconds": 1000 * (time.perf_counter() - start)}


serve({"build": build, "burst": burst, "predict": predict, "memory": memory})
