// Max pooling over time on TensorFlow, of images `[batch, 1, time, channels]`, with padding that the caller decides.
import { attribute, register, type Attribute, type TensorflowBackend } from './register.js';

interface PoolingAttributes extends Record<string, number> {
  readonly poolSize: number;
  readonly stride: number;
  readonly left: number;
  readonly right: number;
}

/** tfjs's kernels of the same operations take `SAME` and `VALID` only, whose paddings depend on the length. */
export function registerMaxPool(): void {
  register<PoolingAttributes>('MasqMaxPool', ({ inputs: { x }, attributes, backend }) =>
    backend.executeSingleOutput('MaxPool', poolingAttributes(backend, attributes), [x]),
  );
  register<PoolingAttributes>('MasqMaxPoolGrad', ({ inputs: { x, y, dy }, attributes, backend }) =>
    backend.executeSingleOutput('MaxPoolGrad', poolingAttributes(backend, attributes), [x, y, dy]),
  );
}

function poolingAttributes(
  backend: TensorflowBackend,
  { poolSize, stride, left, right }: PoolingAttributes,
): Attribute[] {
  return [
    attribute.type(backend, 'T', 'float32'),
    attribute.int(backend, 'ksize', [1, 1, poolSize, 1]),
    attribute.int(backend, 'strides', [1, 1, stride, 1]),
    attribute.string(backend, 'padding', 'EXPLICIT'),
    attribute.int(backend, 'explicit_paddings', [0, 0, 0, 0, left, right, 0, 0]),
    attribute.string(backend, 'data_format', 'NHWC'),
  ];
}
