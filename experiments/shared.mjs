// What experiments share: runs that are made once, and mean and spread of their results.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { formatConfig, loadConfig } from '../dist/train/index.js';

/** Ends with code 2 and the usage, a line or more. */
export function fail(problem, usage) {
  console.error(`${problem}\n\n${usage}`);
  process.exit(2);
}

/** The arguments of an experiment, and whether it has --fresh, which reuses no run. */
export function readArguments(usage) {
  try {
    const options = { fresh: { type: 'boolean', default: false } };
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    return { fresh: values.fresh, positionals };
  } catch (error) {
    return fail(error.message, usage);
  }
}

/**
 * Trains in `directory` unless it holds that very run: finished, of this config and this commit, without changes to
 * either. Ends the process when training fails.
 *
 * @param overrides `key.path=value` each
 * @returns what result.json holds
 */
export async function trainOnce(directory, config, overrides, { fresh = false, threads } = {}) {
  if (fresh || !(await isThatRun(directory, config, overrides))) {
    rmSync(directory, { recursive: true, force: true });
    const options = ['--run-dir', directory, '--quiet', ...(threads ? ['--threads', `${threads}`] : [])];
    const args = ['bin/masq.js', 'train', config, ...overrides, ...options];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    const [status] = await once(child, 'close');
    if (status !== 0) process.exit(status ?? 1);
  }
  return JSON.parse(readFileSync(`${directory}/result.json`, 'utf8'));
}

/** Ends the process with the usage, as for a wrong argument, when the config with these overrides is none. */
export async function assertConfig(config, overrides, usage) {
  try {
    await loadConfig(config, overrides);
  } catch (error) {
    fail(error.message, usage);
  }
}

/** Runs a study into its folder, with further options of `masq sweep`; ends the process when that fails. */
export function sweepInto(study, file, options) {
  const args = ['bin/masq.js', 'sweep', file, '--study-dir', study, ...options];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** Whether `directory` holds a finished run of this config, made by this commit. */
export async function isThatRun(directory, config, overrides) {
  if (!existsSync(`${directory}/result.json`)) return false;
  const { git } = JSON.parse(readFileSync(`${directory}/environment.json`, 'utf8'));
  if (git === null || git.modified || isModified() || git.commit !== runGit('rev-parse', 'HEAD'))
    return false;
  return (
    readFileSync(`${directory}/config.yaml`, 'utf8') === formatConfig(await loadConfig(config, overrides))
  );
}

/** Mean and sample standard deviation. */
export function moments(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(squares / (values.length - 1)) };
}

function isModified() {
  return runGit('status', '--porcelain', '--untracked-files=no') !== '';
}

function runGit(...args) {
  return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}
