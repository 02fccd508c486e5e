// What TensorFlow reads from the environment when it is loaded.

/** How TensorFlow is to compute. */
export interface TensorflowSettings {
  readonly threads: number;
  /** Default: false. */
  readonly deterministic?: boolean | undefined;
  /** Default: false. */
  readonly xla?: boolean | undefined;
}

/**
 * The environment variables that say so, beside those that are set already.
 *
 * Cards are counted in nvidia-smi's order, by PCI bus; CUDA's own has the fastest first.
 * Memory of a graphics card is taken as it is needed: otherwise TensorFlow takes nearly all of it at once. Operations that may
 * differ from run to run are kept out by `TF_DETERMINISTIC_OPS` (tensorflow/core/util/determinism.cc), which refuses those that
 * have no other version, and without the choice of algorithms by time that cuDNN makes. XLA compiles the parts of a graph that it
 * can (tensorflow/compiler/jit/flags.cc); masq's own operations stay outside of them.
 */
export function tensorflowSettings(
  { threads, deterministic = false, xla = false }: TensorflowSettings,
  before: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const added = (name: string, flags: string): Record<string, string> => ({
    [name]: [before[name], flags].filter((part) => part !== undefined && part !== '').join(' '),
  });
  return {
    TF_NUM_INTRAOP_THREADS: `${threads}`,
    TF_NUM_INTEROP_THREADS: `${threads}`,
    OMP_NUM_THREADS: `${threads}`,
    CUDA_DEVICE_ORDER: before.CUDA_DEVICE_ORDER ?? 'PCI_BUS_ID',
    TF_FORCE_GPU_ALLOW_GROWTH: before.TF_FORCE_GPU_ALLOW_GROWTH ?? 'true',
    ...(deterministic && {
      TF_DETERMINISTIC_OPS: '1',
      TF_CUDNN_DETERMINISTIC: '1',
      TF_CUDNN_USE_AUTOTUNE: '0',
    }),
    ...(xla && added('TF_XLA_FLAGS', '--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit')),
    ...(xla && deterministic && added('XLA_FLAGS', '--xla_gpu_deterministic_ops=true')),
  };
}
