// Runs reference computations in Python from tests: with NumPy, SciPy and scikit-learn, and where a test asks for it with
// PyTorch and timm, TensorBoard, or aeon. Packages are installed once into masq's cache, under a name that is given only to a finished
// installation.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { test } from 'vitest';
import { codeOf, messageOf } from '../../src/shared/errors.js';
import { cacheFolder } from '../../src/shared/node/paths.js';
import {
  aeonPackages,
  mlflowPackages,
  scientificPackages,
  tensorboardPackages,
  torchPackages,
  type Packages,
} from './pythonPackages.js';

/**
 * Runs a script that defines `main(data)`; `data` is `input` by way of JSON, and what `main` returns comes back the
 * same way. Numbers must be finite.
 * @throws Error when Python or its packages cannot be had, or when the script fails (with its traceback).
 */
export async function python(script: string, input: unknown): Promise<unknown> {
  return run(script, input, [await installed(scientificPackages)]);
}

/**
 * A vitest `test` with a `python` fixture. Where Python, pip or the packages are missing the test is skipped and
 * says why, except in CI (`CI=true`), where it fails.
 */
export const testWithPython = testWith([scientificPackages]);

/** `testWithPython` with PyTorch and timm as well; a file that uses it calls `installTorch` before its tests. */
export const testWithTorch = testWith([scientificPackages, torchPackages]);

/** `testWithPython` with TensorBoard as well. */
export const testWithTensorboard = testWith([scientificPackages, tensorboardPackages]);

/** `testWithPython` with aeon and pandas as well. */
export const testWithAeon = testWith([scientificPackages, aeonPackages]);

/** Installs what `testWithTorch` needs, which at first takes longer than a test may. What goes wrong the tests say. */
export async function installTorch(): Promise<void> {
  await Promise.allSettled([scientificPackages, torchPackages].map(installed));
}

/**
 * Installs MLflow, which at first takes longer than a test may.
 *
 * @returns its folder, for PYTHONPATH
 * @throws Error that says why it cannot be had
 */
export async function installMlflow(): Promise<string> {
  return installed(mlflowPackages);
}

function testWith(packages: readonly Packages[]) {
  return test.extend<{ python: typeof python }>({
    python: async ({ skip }, use) => {
      let paths: string[] = [];
      try {
        paths = await Promise.all(packages.map(installed));
      } catch (error) {
        if (process.env.CI === 'true') throw error;
        tellOnce(`Tests are skipped: ${messageOf(error)}`);
        skip(messageOf(error));
      }
      await use((script, input) => run(script, input, paths));
    },
  });
}

const told = new Set<string>();

function tellOnce(message: string): void {
  if (!told.has(message)) console.warn(message);
  told.add(message);
}

/** Environment variables for a Python that finds these folders of packages, and keeps what it compiles of them for the next. */
export function pythonVariables(paths: readonly string[]): Record<string, string> {
  return { PYTHONPATH: paths.join(delimiter), PYTHONNOUSERSITE: '1', PYTHONDONTWRITEBYTECODE: '' };
}

async function run(script: string, input: unknown, paths: readonly string[]): Promise<unknown> {
  const harness = `${script}\nimport json, sys\njson.dump(main(json.load(sys.stdin)), sys.stdout, allow_nan=False)\n`;
  const output = await execute(['-c', harness], {
    input: JSON.stringify(input),
    // One thread, because many tests run at once.
    env: { ...pythonVariables(paths), OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
  });
  return JSON.parse(output) as unknown;
}

const folders = new Map<Packages, Promise<string>>();

/** The folder with the packages, installed at the first call. */
function installed(packages: Packages): Promise<string> {
  const folder = folders.get(packages) ?? prepare(packages);
  folders.set(packages, folder);
  return folder;
}

async function prepare(packages: Packages): Promise<string> {
  const version = await describePython();
  const key = createHash('sha256')
    .update(JSON.stringify([packages.requirements, version]))
    .digest('hex')
    .slice(0, 16);
  const parent = join(cacheFolder(), 'python');
  const folder = join(parent, key);
  if (existsSync(folder)) return folder;
  const { title, size, askedBy } = packages;
  if (askedBy !== undefined && process.env[askedBy] !== '1' && process.env.CI !== 'true') {
    throw new Error(`${title} are not installed (${size}); ${askedBy}=1 npm test installs them, once.`);
  }
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent);
  const release = await turn(`${folder}.installing`);
  try {
    if (!existsSync(folder)) await install(packages, parent, folder);
  } finally {
    await release();
  }
  return folder;
}

async function describePython(): Promise<string> {
  const script = 'import sys, sysconfig; print(sys.version_info[:2], sysconfig.get_platform())';
  try {
    return (await execute(['-c', script])).trim();
  } catch (error) {
    throw new Error(`Tests that compare with Python need python3: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Waits until no other process holds the lock, so that test files side by side download nothing twice. The lock is a
 * link that names its process, since that is made in one step.
 */
async function turn(lock: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      await symlink(`${process.pid}`, lock);
      return () => rm(lock, { force: true });
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    const owner = await readlink(lock).catch(() => null);
    if (owner !== null && !isAlive(Number(owner))) await rm(lock, { force: true });
    else await setTimeout(500);
  }
}

/** Installs into a temporary folder beside `folder` and renames it; of two processes at once the first one wins. */
async function install(
  { title, size, requirements, options }: Packages,
  parent: string,
  folder: string,
): Promise<void> {
  console.warn(`Installing ${title} for tests into ${folder}, once for all clones (${size}) …`);
  const temporary = await mkdtemp(join(parent, `installing-${process.pid}-`));
  try {
    const target = join(temporary, 'packages');
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--only-binary=:all:'];
    await execute(['-m', 'pip', 'install', ...quiet, ...options, '--target', target, ...requirements], {
      // pip moves what it has unpacked, which on one disk is no copying.
      env: { TMPDIR: temporary },
    });
    await rename(target, folder);
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') {
      throw new Error(`${title} could not be installed for the tests: ${messageOf(error)}`, { cause: error });
    }
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Removes what installations left whose process was killed. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const owner = /^installing-(\d+)-/.exec(name)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    await rm(join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Runs python3 and gives its standard output. */
function execute(
  args: readonly string[],
  { input = '', env = {} }: { input?: string; env?: Record<string, string> } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('python3', args, { env: { ...process.env, ...env } });
    let output = '';
    let problems = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (problems += text));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`python3 ended with code ${String(code)}: ${problems.trim()}`));
    });
    // A script that fails before it reads closes the pipe; its exit code tells the story.
    child.stdin.on('error', () => undefined).end(input);
  });
}
