// Whether a graphics card can be used here, or the one precise reason why not: the driver, the cards, the CUDA variant
// in the cache.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../shared/errors.js';
import { engineFolder, inspectEngine } from './cache.js';
import { hasDriver, loadShared, probeDriver, type Card, type DriverProbe } from './driver.js';
import { machine, tensorflowVersion, type Variant } from './variants.js';

/**
 * The oldest driver for Linux that runs any CUDA 12 (minor version compatibility:
 * https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html); under WSL, where Windows' driver
 * counts, 527.41 (https://docs.nvidia.com/deeplearning/cudnn/backend/v9.10.2/reference/support-matrix.html).
 */
export const minimumDriver = { linux: '525.60.13', wsl: '527.41' };

/**
 * The lowest compute capability that TensorFlow's CUDA variant has code for: its wheel's `build_info` lists sm_60,
 * sm_70, sm_80, sm_89 and compute_90, which the driver translates for later cards.
 */
export const minimumCapability = '6.0';

/** Why the machine's driver and cards cannot run the CUDA variant, in whole sentences; null when they can. */
export function machineProblem(probe: DriverProbe): string | null {
  if (!hasDriver(probe)) {
    return (
      'No NVIDIA driver is loaded on this machine: there is no /proc/driver/nvidia/version, and the loader says ' +
      `"${probe.libraryProblem ?? ''}". For an NVIDIA card, install its driver, ${minimumDriver.linux} or later, and ` +
      'see that nvidia-smi lists the card.'
    );
  }
  return versionProblem(probe) ?? libraryProblem(probe) ?? smiProblem(probe) ?? cardsProblem(probe);
}

function versionProblem({ version, kernelModule }: DriverProbe): string | null {
  const needed = kernelModule ? minimumDriver.linux : minimumDriver.wsl;
  if (version === null || compareVersions(version, needed) >= 0) return null;
  return (
    `The NVIDIA driver is version ${version}, and CUDA 12 needs ${needed} or later. Upgrade the driver` +
    `${kernelModule ? '' : ' of Windows'}, then run: masq engine info`
  );
}

function libraryProblem({
  version,
  libraryProblem: compute,
  managementProblem: management,
}: DriverProbe): string | null {
  const problem = compute ?? management;
  if (problem === null) return null;
  const capabilities = compute === null ? ' and NVIDIA_DRIVER_CAPABILITIES=compute,utility' : '';
  return (
    `The NVIDIA driver ${version ?? ''} is loaded, but one of its libraries is not to be had: the loader says ` +
    `"${problem}". In a container, start it with the NVIDIA Container Toolkit (docker run --gpus all …)${capabilities}; ` +
    "else install the driver's libraries (Debian: libcuda1 and libnvidia-ml1, Ubuntu: libnvidia-compute-…)."
  );
}

function smiProblem({ smiProblem: problem }: DriverProbe): string | null {
  if (problem === null || /no devices were found/i.test(problem)) return null;
  const cure = /version mismatch/i.test(problem)
    ? 'The driver was upgraded since it was loaded: restart the machine (in a container: the host, then the container).'
    : 'Mend the driver until nvidia-smi lists the card.';
  return `The NVIDIA driver does not work; nvidia-smi says: ${problem} ${cure}`;
}

function cardsProblem({ cards, smiProblem: problem, visible }: DriverProbe): string | null {
  if (problem !== null || cards?.length === 0) {
    return (
      'The NVIDIA driver is loaded, but nvidia-smi finds no card. See that the card is plugged in and given to this ' +
      'machine or container, and ask nvidia-smi -L.'
    );
  }
  if (visible !== undefined && countVisible(visible) === 0) {
    return (
      `CUDA_VISIBLE_DEVICES is "${visible}", which hides every card. Unset it, or list the cards that may be used ` +
      '(e.g. 0).'
    );
  }
  if (cards === null || cards.some(isSupported)) return null;
  const found = cards.map(({ name, computeCapability }) => `${name} has ${computeCapability}`).join(', ');
  return (
    `No card here is new enough: TensorFlow's CUDA variant needs compute capability ${minimumCapability} or more ` +
    `(Pascal, 2016), and ${found}.`
  );
}

/**
 * Why the card that `gpu:N` means is not new enough; null when it is, or nvidia-smi does not tell.
 *
 * @param n which of the visible cards
 */
export function chosenCardProblem(probe: DriverProbe, n: number): string | null {
  const card = nthCard(probe, n);
  if (card === null || isSupported(card)) return null;
  return (
    `${card.name}, which is gpu:${n}, is not new enough: TensorFlow's CUDA variant needs compute capability ` +
    `${minimumCapability} or more (Pascal, 2016), and it has ${card.computeCapability}. Choose another card by its number, ` +
    'e.g. --device gpu:1.'
  );
}

/**
 * The n-th card, from 0, of those that CUDA_VISIBLE_DEVICES names by number or by the beginning of their UUID, else of all. Null where
 * nvidia-smi does not list it, and where there are several that CUDA counts in another order than nvidia-smi (CUDA_DEVICE_ORDER, in the
 * place of masq's own PCI_BUS_ID). Of a part of a card (MIG) memory is unknown: nvidia-smi tells that of the whole.
 */
export function nthCard({ cards, visible }: DriverProbe, n: number): Card | null {
  if (cards === null) return null;
  const name = visible === undefined ? `${n}` : (visible.split(',').at(n)?.trim() ?? '');
  const [first] = cards.length === 1 ? cards : [null];
  const { CUDA_DEVICE_ORDER: order = 'PCI_BUS_ID' } = process.env;
  if (/^\d+$/.test(name))
    return cards.length > 1 && order !== 'PCI_BUS_ID' ? null : (cards.at(Number(name)) ?? null);
  // A part has a UUID of its own, which does not tell the card's.
  if (name.startsWith('MIG-')) return first && { ...first, memoryBytes: null };
  return cards.find(({ uuid }) => name !== '' && uuid.startsWith(name)) ?? null;
}

/** How many cards a value of CUDA_VISIBLE_DEVICES names: those before the first entry that names none, such as -1. */
export function countVisible(visible: string): number {
  const cards = visible.split(',');
  const end = cards.findIndex((card) => !/^\s*\w/.test(card));
  return end < 0 ? cards.length : end;
}

function isSupported({ computeCapability }: Card): boolean {
  // A card whose capability an old nvidia-smi does not tell is tried.
  return !/^\d/.test(computeCapability) || compareVersions(computeCapability, minimumCapability) >= 0;
}

/** Negative where the first is the earlier version, 0 where they are the same. */
function compareVersions(first: string, second: string): number {
  const [numbers, others] = [first, second].map((version) => version.split('.').map(Number));
  for (const [index, other] of others.entries()) {
    const difference = (numbers[index] ?? 0) - other;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Why the CUDA variant in the cache cannot be loaded, in whole sentences; null when it can. */
export function installationProblem(): string | null {
  const folder = engineFolder('cuda');
  const found = inspectEngine(folder);
  if (found.state === 'whole') return null;
  const [problem, verb] =
    found.state === 'damaged'
      ? [`TensorFlow in ${folder} is damaged: ${found.problem}.`, 'repair']
      : ['TensorFlow with CUDA is not installed.', 'install'];
  return `${problem} To ${verb} it: masq engine install --cuda`;
}

/** Why there is no CUDA variant for this kind of machine; null where there is one. */
export function platformProblem(): string | null {
  if (machine === 'linux-x64') return null;
  return `TensorFlow ${tensorflowVersion} with CUDA is published for linux-x64 only, and this is ${machine}.`;
}

/** The variant for this machine: CUDA where a card can compute with it. */
export function suitableVariant(probe: DriverProbe = probeDriver()): Variant {
  return platformProblem() === null && machineProblem(probe) === null ? 'cuda' : 'cpu';
}

/** Why no card can be used, for the machine's sake or for want of the CUDA variant; null when one can. */
export function cardProblem(probe: DriverProbe = probeDriver()): string | null {
  return platformProblem() ?? machineProblem(probe) ?? installationProblem();
}

/**
 * Has the loader load NVIDIA's libraries in an engine's folder, one after another. Gives its message on the first that
 * it cannot load, which names the library that is missing; null when it can load all.
 */
export function libraryFault(folder: string): string | null {
  const nvidia = join(folder, 'nvidia');
  const libraries = readdirSync(nvidia, { recursive: true, encoding: 'utf8' });
  for (const library of libraries.filter((path) => /\/lib\/lib[^/]*\.so\.\d+$/.test(path)).sort()) {
    try {
      loadShared(join(nvidia, library));
    } catch (error) {
      return messageOf(error);
    }
  }
  return null;
}
