# The networks of the benchmark in Keras, [batch, time, channels], without masks.
from tensorflow import keras

L = keras.layers


def keras_network(network, time, channels, classes):
    """A network of networks.json, from [time, channels] to logits, which are float32 under any policy."""
    network = dict(network)
    inputs = keras.Input((time, channels))
    x = BODIES[network.pop("body")](inputs, **network)
    return keras.Model(inputs, L.Dense(classes, dtype="float32")(L.GlobalAveragePooling1D()(x)))


def fcn(x, filters, kernelSizes, ratio):
    for i, (width, kernel_size) in enumerate(zip(filters, kernelSizes)):
        x = L.ReLU()(convolve_and_normalize(x, width, kernel_size))
        if i < 2:
            x = squeeze_excite(x, ratio)
    return x


def resnet(x, filters, kernelSizes, ratio):
    for width in filters:
        shortcut = normalize(x) if x.shape[2] == width else convolve_and_normalize(x, width, 1)
        for j, kernel_size in enumerate(kernelSizes):
            x = convolve_and_normalize(x, width, kernel_size)
            if j < len(kernelSizes) - 1:
                x = L.ReLU()(x)
        x = L.ReLU()(L.Add()([squeeze_excite(x, ratio), shortcut]))
    return x


def inception(x, depth, filters, bottleneck, kernelSizes, ratio):
    residual = x
    for i in range(depth):
        narrow = convolve(x, bottleneck, 1)
        branches = [convolve(narrow, filters, kernel_size) for kernel_size in kernelSizes]
        branches.append(convolve(L.MaxPooling1D(3, strides=1, padding="same")(x), filters, 1))
        x = squeeze_excite(L.ReLU()(normalize(L.Concatenate()(branches))), ratio)
        if i % 3 == 2:
            shortcut = convolve_and_normalize(residual, filters * len(branches), 1)
            residual = x = L.ReLU()(L.Add()([x, shortcut]))
    return x


BODIES = {"fcn": fcn, "resnet": resnet, "inception": inception}


def convolve(x, filters, kernel_size):
    return L.Conv1D(filters, kernel_size, padding="same", use_bias=False)(x)


def normalize(x):
    return L.BatchNormalization(momentum=0.9)(x)


def convolve_and_normalize(x, filters, kernel_size):
    return normalize(convolve(x, filters, kernel_size))


def squeeze_excite(x, ratio):
    channels = x.shape[-1]
    gate = L.GlobalAveragePooling1D()(x)
    gate = L.Dense(max(1, channels // ratio), activation="relu", use_bias=False)(gate)
    gate = L.Dense(channels, activation="sigmoid", use_bias=False)(gate)
    return L.Multiply()([x, L.Reshape((1, channels))(gate)])
