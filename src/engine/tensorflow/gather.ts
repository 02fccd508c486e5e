// Gathering by computed indices on TensorFlow.
import tf from '#tfjs';
import { attribute, dataTypes, type TensorflowBackend } from './register.js';

/**
 * Replaces the stock kernel `GatherV2`, which reads the indices back to check them: it waits for the device, and cannot
 * be recorded. On processors TensorFlow checks them itself; a graphics card gives 0 for an index that is out of range.
 */
export function registerGather(): void {
  const stock = tf.getKernel('GatherV2', 'tensorflow');
  const kernelFunc: tf.KernelFunc = (call) => {
    const { x, indices } = call.inputs as Record<'x' | 'indices', tf.Tensor>;
    if (!isKnown(x.dtype) || !isKnown(indices.dtype)) return stock.kernelFunc(call);
    const { axis, batchDims } = call.attrs as Record<'axis' | 'batchDims', number>;
    // Throws where the shapes do not fit.
    tf.backend_util.segment_util.collectGatherOpShapeInfo(x, indices, axis, batchDims);
    const backend = call.backend as unknown as TensorflowBackend;
    const along = tf.scalar(axis, 'int32');
    const attributes = [
      attribute.int(backend, 'batch_dims', batchDims),
      attribute.type(backend, 'Tparams', x.dtype),
      attribute.type(backend, 'Tindices', indices.dtype),
      attribute.type(backend, 'Taxis', 'int32'),
    ];
    const result = backend.executeSingleOutput('GatherV2', attributes, [x, indices, along]);
    along.dispose();
    return result;
  };
  tf.unregisterKernel('GatherV2', 'tensorflow');
  tf.registerKernel({ kernelName: 'GatherV2', backendName: 'tensorflow', kernelFunc });
}

function isKnown(dtype: string): dtype is keyof typeof dataTypes {
  return dtype in dataTypes;
}
