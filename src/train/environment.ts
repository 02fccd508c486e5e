// What a run was made with: versions, device, threads, commit, and the data files by their hashes.
import { execFile } from 'node:child_process';
import { arch, cpus, platform } from 'node:os';
import { promisify } from 'node:util';
import type { Engine } from '../engine/index.js';
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
  readonly threads: number;
  readonly platform: string;
  readonly processor: string;
  readonly git: { readonly commit: string; readonly modified: boolean } | null;
  readonly data: readonly DataFile[];
  /** Packed files that training read in place of data that are larger than `data.memoryLimit`; absent where there are none. */
  readonly packed?: readonly string[];
  readonly started: string;
}

/** @param packed files that were read in place of some of the data */
export async function describeEnvironment(
  engine: Engine,
  config: Config,
  packed: readonly string[],
): Promise<Environment> {
  return {
    masq: masqVersion(),
    node: process.versions.node,
    tensorflow: engine.tensorflow,
    tfjs: engine.tfjs,
    backend: engine.backend,
    device: engine.device,
    threads: engine.threads,
    platform: `${platform()} ${arch()}`,
    processor: cpus().at(0)?.model ?? 'unknown',
    git: await gitState(),
    data: await Promise.all(dataNames(config).map((name) => describeData(name, config))),
    ...(packed.length > 0 && { packed }),
    started: new Date().toISOString(),
  };
}

/**
 * Why a run that goes on here will not end as one that was never interrupted would have, to the bit; null when it will.
 * `before` is what the run was begun with.
 */
export function bitIdentityWarning(before: Environment, engine: Engine): string | null {
  const now = { ...engine, masq: masqVersion() };
  const differences = (['masq', 'tensorflow', 'backend', 'device', 'threads'] as const)
    .filter((name) => before[name] !== now[name])
    .map((name) => `${name} was ${before[name] ?? 'absent'} and is ${now[name] ?? 'absent'}`);
  if (differences.length === 0) return null;
  return (
    `Since the run was begun, ${differences.join(', ')}: it will not end to the bit as it would have without the ` +
    'interruption.'
  );
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
