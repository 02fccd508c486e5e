import { expect, test } from 'vitest';
import { tensorflowSettings } from './settings.js';

test('memory of a card grows as needed and cards are counted by PCI bus, unless the environment says otherwise', () => {
  expect(tensorflowSettings({ threads: 3 }, {})).toEqual({
    TF_NUM_INTRAOP_THREADS: '3',
    TF_NUM_INTEROP_THREADS: '3',
    OMP_NUM_THREADS: '3',
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  });
  expect(tensorflowSettings({ threads: 3 }, { TF_FORCE_GPU_ALLOW_GROWTH: 'false' })).toMatchObject({
    TF_FORCE_GPU_ALLOW_GROWTH: 'false',
  });
  expect(tensorflowSettings({ threads: 3 }, { CUDA_DEVICE_ORDER: 'FASTEST_FIRST' })).toMatchObject({
    CUDA_DEVICE_ORDER: 'FASTEST_FIRST',
  });
});

test('XLA and deterministic operations are asked for, after the flags that are set already', () => {
  const before = { TF_XLA_FLAGS: '--tf_xla_min_cluster_size=8', XLA_FLAGS: '--xla_dump_to=x' };
  expect(tensorflowSettings({ threads: 1, deterministic: true, xla: true }, before)).toMatchObject({
    TF_DETERMINISTIC_OPS: '1',
    TF_CUDNN_DETERMINISTIC: '1',
    TF_XLA_FLAGS: '--tf_xla_min_cluster_size=8 --tf_xla_auto_jit=2 --tf_xla_cpu_global_jit',
    XLA_FLAGS: '--xla_dump_to=x --xla_gpu_deterministic_ops=true',
  });
});
