// Runs reference computations in Python (NumPy, SciPy, scikit-learn) from tests. The packages are installed once
// into masq's cache, under a name that is given only to a finished installation.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { codeOf, messageOf } from '../../src/shared/errors.js';
import { cacheFolder } from '../../src/shared/node/paths.js';

/** Versions with ready-made packages for Python 3.9 and for Python 3.10 to 3.13. */
const requirements = [
  'numpy==2.0.2; python_version < "3.10"',
  'scipy==1.13.1; python_version < "3.10"',
  'scikit-learn==1.6.1; python_version < "3.10"',
  'numpy==2.2.6; python_version >= "3.10"',
  'scipy==1.15.3; python_version >= "3.10"',
  'scikit-learn==1.7.2; python_version >= "3.10"',
];

/**
 * Runs a script that defines `main(data)`; `data` is `input` by way of JSON, and what `main` returns comes back the
 * same way. Numbers must be finite.
 * @throws Error when Python or its packages cannot be had, or when the script fails (with its traceback).
 */
export async function python(script: string, input: unknown): Promise<unknown> {
  const { folder } = await environment();
  const harness = `${script}\nimport json, sys\njson.dump(main(json.load(sys.stdin)), sys.stdout, allow_nan=False)\n`;
  const output = await execute(['-c', harness], {
    input: JSON.stringify(input),
    // One thread, because many tests run at once.
    env: { PYTHONPATH: folder, PYTHONNOUSERSITE: '1', OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
  });
  return JSON.parse(output) as unknown;
}

/**
 * A vitest `test` with a `python` fixture. Where Python, pip or the packages are missing the test is skipped and
 * says why, except in CI (`CI=true`), where it fails.
 */
export const testWithPython = test.extend<{ python: typeof python }>({
  python: async ({ skip }, use) => {
    try {
      await environment();
    } catch (error) {
      if (process.env.CI === 'true') throw error;
      console.warn(`Skipped: ${messageOf(error)}`);
      skip(messageOf(error));
    }
    await use(python);
  },
});

interface Environment {
  /** The folder with the packages. */
  readonly folder: string;
}

let shared: Promise<Environment> | undefined;

/** The folder with the packages, installed at the first call. */
function environment(): Promise<Environment> {
  shared ??= prepare();
  return shared;
}

async function prepare(): Promise<Environment> {
  const version = await describePython();
  const key = createHash('sha256')
    .update(JSON.stringify([requirements, version]))
    .digest('hex')
    .slice(0, 16);
  const parent = join(cacheFolder(), 'python');
  const folder = join(parent, key);
  if (!existsSync(folder)) await install(parent, folder);
  return { folder };
}

async function describePython(): Promise<string> {
  const script = 'import sys, sysconfig; print(sys.version_info[:2], sysconfig.get_platform())';
  try {
    return (await execute(['-c', script])).trim();
  } catch (error) {
    throw new Error(`Tests that compare with Python need python3: ${messageOf(error)}`, { cause: error });
  }
}

/** Installs into a temporary folder beside `folder` and renames it; of two processes at once the first one wins. */
async function install(parent: string, folder: string): Promise<void> {
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent);
  const temporary = await mkdtemp(join(parent, `installing-${process.pid}-`));
  try {
    const options = ['--quiet', '--disable-pip-version-check', '--no-input', '--only-binary=:all:'];
    await execute(['-m', 'pip', 'install', ...options, '--target', temporary, ...requirements]);
    await rename(temporary, folder);
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') {
      throw new Error(`Python packages for the tests could not be installed: ${messageOf(error)}`, {
        cause: error,
      });
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
