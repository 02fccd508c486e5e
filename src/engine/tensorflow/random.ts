// Random numbers by key on TensorFlow.
import { calculate } from './handles.js';
import type { NativeAttributes } from '../kernels/native.js';
import { attribute, register } from './register.js';

/** Numbers by key: stock tfjs draws on the host, where a recorded step would freeze them. */
export function registerRandom(): void {
  register<NativeAttributes & { readonly shape: number[] }>(
    'MasqStatelessUniform',
    ({ inputs: { key }, attributes: { shape }, backend }) =>
      calculate(backend, (run) =>
        run.execute(
          'StatelessRandomUniform',
          [
            attribute.type(backend, 'dtype', 'float32'),
            attribute.type(backend, 'T', 'int32'),
            attribute.type(backend, 'Tseed', 'int32'),
          ],
          [run.vector(shape), run.valueOf(key)],
        ),
      ),
  );
}
