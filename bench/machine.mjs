// What a result was measured on and with.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { packageRoot } from '../dist/shared/node/paths.js';
import { masqVersion } from '../dist/shared/node/version.js';

/** Instructions that matter here, as Linux names them. */
const notable = ['avx2', 'avx512f', 'avx512_bf16', 'amx_tile', 'amx_bf16', 'asimd', 'bf16'];

/** Processor, memory, system, versions, commit, and the load before anything is started. */
export function describeMachine() {
  const [first] = cpus();
  return {
    processor: first?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    threadsPerCore: threadsPerCore(),
    flags: processorFlags(),
    memoryBytes: totalmem(),
    system: `${platform()} ${release()} ${arch()}`,
    loadBefore: loadavg()[0],
    versions: { node: process.versions.node, masq: masqVersion() },
    git: gitState(),
  };
}

/** As the system tells it, which a virtual machine need not do rightly; null where it does not. */
function threadsPerCore() {
  try {
    const options = {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, LC_ALL: 'C' },
    };
    const told = /^Thread\(s\) per core:\s*(\d+)/m.exec(execFileSync('lscpu', options))?.[1];
    return told === undefined ? null : Number(told);
  } catch {
    return null;
  }
}

function processorFlags() {
  try {
    const text = readFileSync('/proc/cpuinfo', 'utf8');
    const flags = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1].trim().split(/\s+/));
    return notable.filter((flag) => flags.has(flag));
  } catch {
    return [];
  }
}

/** The clone's commit and whether files differ from it; null without git. */
function gitState() {
  const git = (...args) =>
    execFileSync('git', args, {
      cwd: packageRoot(),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    return {
      commit: git('rev-parse', 'HEAD'),
      modified: git('status', '--porcelain', '--untracked-files=no') !== '',
    };
  } catch {
    return null;
  }
}
