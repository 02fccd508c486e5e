// What computes here and why: the answer to `masq engine info`.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../shared/node/paths.js';
import {
  addonName,
  engineFolder,
  inspectEngine,
  verifyEngine,
  type CudaBuild,
  type EngineState,
} from './cache.js';
import { reasonOf } from './choose.js';
import { cardProblem } from './cuda.js';
import { probeDriver, type Card, type DriverProbe } from './driver.js';
import { loadEngine, type Engine } from './load.js';
import { type Variant } from './variants.js';

/** One variant in the cache. */
export interface VariantInfo {
  variant: Variant;
  folder: string;
  /** The addon's path where it is installed. */
  addon: string | null;
  bytes: number;
  state: EngineState['state'];
  /** What is damaged, else null. */
  problem: string | null;
}

/** What stands between this machine and computing on a graphics card. */
export interface CudaInfo {
  /** The version of the NVIDIA driver, null where there is none or nothing says it. */
  driver: string | null;
  /** All cards that nvidia-smi lists. */
  cards: readonly Card[];
  /** What the installed CUDA variant was built for and runs with; null where it is not installed. */
  build: CudaBuild | null;
  /** Why no card is used, in whole sentences; null when one is. */
  problem: string | null;
}

export interface EngineInfo {
  engine: Engine;
  node: string;
  cache: string;
  cuda: CudaInfo;
  cpu: { model: string; processors: number; /** Instructions that speed up training. */ features: string[] };
  variants: VariantInfo[];
}

/** Loads the engine and reads every installed byte to check it: seconds. */
export async function engineInfo(): Promise<EngineInfo> {
  const variants = await Promise.all((['cpu', 'cuda'] as const).map(variantInfo));
  const processors = cpus();
  // Before the engine hides all cards but one from this process.
  const probe = probeDriver();
  const engine = await loadEngine();
  return {
    engine,
    node: process.versions.node,
    cache: cacheFolder(),
    cuda: cudaInfo(probe, engine),
    cpu: { model: processors[0]?.model ?? 'unknown', processors: processors.length, features: cpuFeatures() },
    variants,
  };
}

function cudaInfo(probe: DriverProbe, engine: Engine): CudaInfo {
  const found = inspectEngine(engineFolder('cuda'));
  return {
    driver: probe.version,
    cards: probe.cards ?? [],
    build: found.state === 'whole' ? found.manifest.cuda : null,
    problem:
      engine.device === 'cpu' ? (cardProblem(probe) ?? (engine.warning && reasonOf(engine.warning))) : null,
  };
}

async function variantInfo(variant: Variant): Promise<VariantInfo> {
  const folder = engineFolder(variant);
  const found = await verifyEngine(folder);
  return {
    variant,
    folder,
    addon: found.state === 'absent' ? null : join(folder, addonName),
    bytes: found.state === 'whole' ? found.manifest.files.reduce((sum, { bytes }) => sum + bytes, 0) : 0,
    state: found.state,
    problem: found.state === 'damaged' ? found.problem : null,
  };
}

/** Linux's names for the instructions that matter here, and the usual ones. */
const features = {
  avx2: 'AVX2',
  avx512f: 'AVX-512',
  avx512_bf16: 'AVX-512 bfloat16',
  amx_bf16: 'AMX bfloat16',
  asimd: 'NEON',
  bf16: 'bfloat16',
};

function cpuFeatures(): string[] {
  let text = '';
  try {
    text = readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return [];
  }
  const flags = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1].trim().split(/\s+/));
  return Object.entries(features).flatMap(([flag, name]) => (flags.has(flag) ? [name] : []));
}
