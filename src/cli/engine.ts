// `masq engine info` and `masq engine install`.
import {
  engineInfo,
  installEngine,
  nvidiaVersion,
  type CudaInfo,
  type EngineInfo,
  type InstallProgress,
} from '../engine/index.js';
import type { CommandContext, EngineCommandArguments } from './context.js';
import { formatBytes } from '../shared/formatBytes.js';
import { formatTable, startProgress, type Progress } from './output.js';

export async function run(args: EngineCommandArguments, context: CommandContext): Promise<void> {
  await (args.action === 'info' ? info(args.json, context) : install(args.variant, context));
}

async function info(json: boolean, { out }: CommandContext): Promise<void> {
  const found = await engineInfo();
  out(json ? JSON.stringify(found, null, 2) : formatTable(infoRows(found)));
}

function infoRows({ engine, node, cache, cuda, cpu, variants }: EngineInfo): string[][] {
  const rows = [
    [
      'TensorFlow',
      engine.tensorflow === null ? 'not used' : `${engine.tensorflow} (${engine.variant ?? ''})`,
    ],
    ...(engine.tensorflow !== null || engine.warning === null ? [] : [['why', engine.warning]]),
    ['tfjs', `${engine.tfjs}, backend ${engine.backend}`],
    ['device', engine.device],
    ['threads', `${engine.threads}`],
    ['processor', `${cpu.model}, ${cpu.processors} threads`],
    ['instructions', cpu.features.join(', ') || 'unknown'],
    ...cudaRows(cuda),
    ['Node', node],
    ['cache', cache],
  ];
  for (const { variant, state, folder, bytes, problem } of variants) {
    if (state === 'absent') rows.push([`${variant} variant`, 'not installed']);
    if (state === 'damaged') rows.push([`${variant} variant`, `damaged: ${problem ?? ''} (in ${folder})`]);
    if (state === 'whole') rows.push([`${variant} variant`, `whole, ${formatBytes(bytes)}`], ['', folder]);
  }
  return rows;
}

function cudaRows({ driver, cards, build, problem }: CudaInfo): string[][] {
  const rows = [['NVIDIA driver', driver ?? 'none']];
  for (const { name, memoryBytes, computeCapability } of cards) {
    const memory = memoryBytes === null ? '' : `${formatBytes(memoryBytes)}, `;
    rows.push(['graphics card', `${name}, ${memory}compute capability ${computeCapability}`]);
  }
  if (build !== null) {
    const version = (name: string): string => nvidiaVersion(build, name) ?? 'unknown';
    rows.push(
      ['CUDA', `${version('cuda-runtime')} (TensorFlow was built with ${build.builtWith})`],
      ['cuDNN', version('cudnn')],
      ['code for', build.capabilities.join(', ')],
    );
  }
  if (problem !== null) rows.push(['no card, because', problem]);
  return rows;
}

async function install(variant: 'cpu' | 'cuda' | undefined, context: CommandContext): Promise<void> {
  const show = showInstall(context);
  try {
    const installed = await installEngine({ variant, signal: context.signal, report: show.report });
    show.stop();
    const { manifest, folder, existed } = installed;
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    context.info(
      `TensorFlow ${manifest.tensorflow} (${installed.variant}, ${formatBytes(bytes)}) ` +
        `${existed ? 'was installed already and is whole' : 'is installed'}: ${folder}`,
    );
  } finally {
    show.stop();
  }
}

/** Shows each step as a line, and a bar for those whose size is known. */
function showInstall({ info, quiet }: CommandContext): {
  report: (progress: InstallProgress) => void;
  stop: () => void;
} {
  let current = '';
  let bar: Progress | undefined;
  const stop = (): void => {
    bar?.stop();
    bar = undefined;
  };
  const report = ({ step, subject, done, total }: InstallProgress): void => {
    const sized = done !== null && total !== null;
    const key = `${step} ${subject} ${sized}`;
    if (key !== current) {
      stop();
      if (sized) bar = startProgress({ label: titles[step](subject), total, format: formatBytes, quiet });
      else info(titles[step](subject));
      current = key;
    }
    if (done !== null) bar?.update(done);
  };
  return { report, stop };
}

const titles: Record<InstallProgress['step'], (subject: string) => string> = {
  check: (folder) => `Looking at ${folder}`,
  note: (sentence) => sentence,
  download: (file) => (file === '' ? 'Asking pip for TensorFlow' : `Downloading ${file}`),
  unpack: () => 'Unpacking the libraries',
  compile: (compiler) => `Compiling the addon with ${compiler} (some 20 s)`,
  try: () => 'Trying it: a convolution and its gradient',
};
