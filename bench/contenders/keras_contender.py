# The contender Keras on TensorFlow graphs. Usage: python keras_contender.py SETTINGS, a JSON object
# {precision, threads}.
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
from serve import memory, serve, time_steps

settings = json.loads(sys.argv[1])
tf.config.threading.set_intra_op_parallelism_threads(settings["threads"])
tf.config.threading.set_inter_op_parallelism_threads(settings["threads"])
keras.utils.set_random_seed(1)
if settings["precision"] == "bfloat16":
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
model = None
batches = []
dataset = None


def build(network, plan):
    global model, dataset
    channels, classes, planned = read_plan(plan)
    batches.extend((tf.constant(values), tf.constant(labels)) for values, labels in planned)
    equal = len({values.shape for values, _ in planned}) == 1
    dataset = resident(planned, channels, equal)
    model = keras_network(network, planned[0][0].shape[1] if equal else None, channels, classes)
    model.compile(
        keras.optimizers.AdamW(1e-3, weight_decay=0.01),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    return {
        "parameters": sum(math.prod(weight.shape) for weight in model.trainable_variables),
        "modes": ["fit", "batch"],
        "predictModes": ["predict", "batch"],
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
    """Times the steps of an epoch without what `fit` does before and after them."""

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.milliseconds = 1000 * (time.perf_counter() - self.start)


def burst(mode, first, steps):
    if mode == "fit":
        timer = EpochTimer()
        history = model.fit(dataset, steps_per_epoch=steps, verbose=0, callbacks=[timer])
        return {"steps": steps, "milliseconds": timer.milliseconds, "loss": float(history.history["loss"][-1])}
    return time_steps(steps, first, lambda n: model.train_on_batch(*batches[n % len(batches)]), float)


def predict(mode, first, steps):
    if mode == "predict":
        start = time.perf_counter()
        model.predict(dataset, steps=steps, verbose=0)
        return {"milliseconds": 1000 * (time.perf_counter() - start)}
    step = lambda n: model.predict_on_batch(batches[n % len(batches)][0])
    return {"milliseconds": time_steps(steps, first, step, lambda _: None)["milliseconds"]}


serve({"build": build, "burst": burst, "predict": predict, "memory": memory})
