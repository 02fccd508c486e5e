// Who is measured, and how each is started.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Every contender by name. `lengths: 'ragged'` takes batches whose recordings differ in length; the others get full
 * ones of the same shape; `ofCards` is measured on graphics cards unless others are chosen, and only then.
 */
export const contenders = {
  stock: { script: 'stock.mjs', settings: {} },
  'masq-eager': { script: 'masq.mjs', settings: { captured: false, precision: 'float32' } },
  masq: { script: 'masq.mjs', settings: { captured: true, precision: 'float32' } },
  'masq-masked': {
    script: 'masq.mjs',
    settings: { captured: true, precision: 'float32' },
    lengths: 'ragged',
  },
  'masq-bf16': { script: 'masq.mjs', settings: { captured: true, precision: 'bfloat16' } },
  'masq-bf16-masked': {
    script: 'masq.mjs',
    settings: { captured: true, precision: 'bfloat16' },
    lengths: 'ragged',
  },
  'masq-xla': {
    script: 'masq.mjs',
    settings: { captured: true, precision: 'float32', xla: true },
    ofCards: true,
  },
  'masq-bf16-xla': {
    script: 'masq.mjs',
    settings: { captured: true, precision: 'bfloat16', xla: true },
    ofCards: true,
  },
  torch: { script: 'torch_contender.py', settings: { modes: ['eager'], precision: 'float32' } },
  'torch-compile': { script: 'torch_contender.py', settings: { modes: ['compiled'], precision: 'float32' } },
  'torch-bf16': {
    script: 'torch_contender.py',
    settings: { modes: ['eager', 'compiled'], precision: 'bfloat16' },
  },
  keras: { script: 'keras_contender.py', settings: { precision: 'float32' } },
  'keras-bf16': { script: 'keras_contender.py', settings: { precision: 'bfloat16' } },
};

/** The contenders that are measured on a device when none is chosen. */
export function contendersOf(device) {
  if (device !== 'cpu')
    return ['masq', 'masq-xla', 'masq-bf16', 'masq-bf16-xla', 'torch', 'torch-compile', 'torch-bf16'];
  return Object.keys(contenders).filter((name) => !contenders[name].ofCards);
}

/** Whether a contender is masq, and not one of its peers. */
export function isMasq(name) {
  return contenders[name].script === 'masq.mjs';
}

/** Whether a contender runs in Python. */
export function isPython(name) {
  return contenders[name].script.endsWith('.py');
}

/** Program, arguments and environment of a contender's process, which may leave files in `folder`. */
export function commandOf(name, { threads, python, folder, device = 'cpu' }) {
  const { script, settings } = contenders[name];
  const path = fileURLToPath(new URL(`contenders/${script}`, import.meta.url));
  return {
    program: isPython(name) ? python : process.execPath,
    args: [path, JSON.stringify({ ...settings, threads, device: device === 'cpu' ? 'cpu' : 'gpu' })],
    env: {
      OMP_NUM_THREADS: `${threads}`,
      MKL_NUM_THREADS: `${threads}`,
      TF_NUM_INTRAOP_THREADS: `${threads}`,
      TF_NUM_INTEROP_THREADS: `${threads}`,
      TF_CPP_MIN_LOG_LEVEL: '2',
      // The one card, or none: what a contender is not to use is not looked at.
      CUDA_VISIBLE_DEVICES: visibleCard(device),
      // Counted as masq counts, which is nvidia-smi's order.
      CUDA_DEVICE_ORDER: process.env.CUDA_DEVICE_ORDER ?? 'PCI_BUS_ID',
      // All contenders are there at once, and TensorFlow would take the whole card.
      TF_FORCE_GPU_ALLOW_GROWTH: 'true',
      // What an earlier run compiled would shorten the start.
      TORCHINDUCTOR_CACHE_DIR: join(folder, 'torchinductor'),
      PYTHONNOUSERSITE: '1',
      PYTHONDONTWRITEBYTECODE: '1',
    },
  };
}

/** The value of CUDA_VISIBLE_DEVICES that leaves the N-th of the cards visible here, for `gpu:N`. */
function visibleCard(device) {
  if (device === 'cpu') return '-1';
  const n = Number(device.slice('gpu:'.length));
  return process.env.CUDA_VISIBLE_DEVICES?.split(',')[n] ?? `${n}`;
}
