// Matrix products on TensorFlow: one operation, where stock tfjs reshapes to batches of matrices and back.
import tf from '#tfjs';
import { runNative, type NativeAttributes } from '../kernels/native.js';
import type { Precision } from '../kernels/precision.js';
import { calculate } from './handles.js';
import { attribute, register } from './register.js';

interface ProductAttributes extends NativeAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly precision: Precision;
}

/** Registers `MasqMatMul`; only the product without transposition, which a kernel asks for, has a gradient. */
export function registerMatMul(): void {
  register<ProductAttributes>('MasqMatMul', ({ inputs: { a, b }, attributes, backend }) =>
    calculate(backend, (run) => {
      const { transposeA, transposeB, precision } = attributes;
      const factors = [a, b].map((matrix) => run.cast(run.valueOf(matrix), precision));
      const settings = [
        attribute.type(backend, 'T', precision),
        attribute.bool(backend, 'transpose_a', transposeA),
        attribute.bool(backend, 'transpose_b', transposeB),
      ];
      return run.cast(run.execute('MatMul', settings, factors), 'float32');
    }),
  );
  tf.registerGradient({
    kernelName: 'MasqMatMul',
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b], given) => {
      const { precision } = given as unknown as ProductAttributes;
      const output = dy as tf.Tensor;
      return {
        a: () => product(output, b, { transposeA: false, transposeB: true, precision }),
        b: () => product(a, output, { transposeA: true, transposeB: false, precision }),
      };
    },
  });
}

function product(a: tf.Tensor, b: tf.Tensor, attributes: ProductAttributes): tf.Tensor {
  const native = runNative('MasqMatMul', { a, b }, attributes);
  return native?.[0] ?? tf.matMul(a, b, attributes.transposeA, attributes.transposeB);
}
