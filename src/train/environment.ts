// What a run was made with: versions, device, threads, commit, and the data files by their hashes.
import { execFile } from 'node:child_process';
import { arch, cpus, platform } from 'node:os';
import { promisify } from 'node:util';
import { cardUsed, type CardUsed, type Engine } from '../engine/index.js';
import { masqVersion } from '../shared/node/version.js';
import type { Config } from './config.js';
import { type DataFile, dataNames, describeData } from './dataFiles.js';

/** `environment.json`. */
export interface Environment {
  readonly masq: string;
  readonly node: string;
  readonly tensorflow: string | null;
  readonly tfjs: string;
  readonly backend: Engine['backend'];
  readonly device: Engine['device'];
  /** The card, and whether its results repeat to the bit (`train.deterministic`); absent on the processor, whose results do. */
  readonly card?: CardUsed & { readonly deterministic: boolean };
  readonly precision: Config['train']['precision'];
  readonly xla: boolean;
  readonly threads: number;
  readonly platform: string;
  readonly processor: string;
  readonly git: { readonly commit: string; readonly modified: boolean } | null;
  readonly data: readonly DataFile[];
  /** Packed files that training read in place of data that are larger than `data.memoryLimit`; absent where there are none. */
  readonly packed?: readonly string[];
  readonly started: string;
}

/**
 * @param packed files that were read in place of some of the data
 * @param card what `cardUsed` says of the engine's device
 */
export async function describeEnvironment(
  engine: Engine,
  config: Config,
  packed: readonly string[],
  card: CardUsed | null = cardUsed(engine.device),
): Promise<Environment> {
  const { deterministic, precision, xla } = config.train;
  return {
    masq: masqVersion(),
    node: process.versions.node,
    tensorflow: engine.tensorflow,
    tfjs: engine.tfjs,
    backend: engine.backend,
    device: engine.device,
    ...(card !== null && { card: { ...card, deterministic } }),
    ...{ precision, xla },
    threads: engine.threads,
    platform: `${platform()} ${arch()}`,
    processor: processorName(),
    git: await gitState(),
    data: await Promise.all(dataNames(config).map((name) => describeData(name, config))),
    ...(packed.length > 0 && { packed }),
    started: new Date().toISOString(),
  };
}

/**
 * Why a run that goes on here will not end as one that was never interrupted would have, to the bit; null when it will.
 * `before` is what the run was begun with; `card` what `cardUsed` says of the engine's device.
 */
export function bitIdentityWarning(
  before: Environment,
  engine: Engine,
  card: CardUsed | null = cardUsed(engine.device),
): string | null {
  const was = dependencies(before, before.card ?? null, before.processor);
  const is = dependencies({ ...engine, masq: masqVersion() }, card, processorName());
  // What a card and a processor do not have in common is told by the device.
  const differences = Object.keys(was)
    .filter((name) => name in is && was[name] !== is[name])
    .map((name) => `${name} was ${was[name] ?? 'absent'} and is ${is[name] ?? 'absent'}`);
  const cause =
    differences.length > 0
      ? `Since the run was begun, ${differences.join(', ')}`
      : before.card?.deterministic === false
        ? 'On a graphics card no run repeats to the bit without train.deterministic'
        : null;
  if (cause === null) return null;
  return (
    `${cause}: it will not end to the bit as it would have without the ` +
    'interruption. Weights, optimizer and order of batches are exactly those of the checkpoint.'
  );
}

/** What numbers depend on to the bit, by name. Which of several cards of a kind it is, or on a card which processor, is none of it. */
function dependencies(
  {
    masq,
    tensorflow,
    backend,
    device,
    threads,
  }: Pick<Environment, 'masq'> & Omit<Engine, 'tfjs' | 'variant' | 'warning'>,
  card: CardUsed | null,
  processor: string,
): Record<string, string | number | boolean | null> {
  const common = { masq, tensorflow, backend, device: device.replace(/:\d+$/, ''), threads };
  if (card === null) return { ...common, processor };
  const { name, driver, cuda, cudnn, tf32 } = card;
  return { ...common, card: name, driver, CUDA: cuda, cuDNN: cudnn, TF32: tf32 };
}

function processorName(): string {
  return cpus().at(0)?.model ?? 'unknown';
}

/** The commit of the working directory, or null outside a repository or without git. */
async function gitState(): Promise<Environment['git']> {
  const git = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)('git', args)).stdout.trim();
  try {
    const commit = await git('rev-parse', 'HEAD');
    return { commit, modified: (await git('status', '--porcelain', '--untracked-files=no')) !== '' };
  } catch {
    return null;
  }
}
