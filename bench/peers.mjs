// The peers' Python environment: PyTorch, and TensorFlow with Keras, in masq's cache. It is installed once, under a name
// that is given only to a finished installation. `MASQ_BENCH_PYTHON` names the Python of another environment instead.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../dist/shared/errors.js';
import { cacheFolder } from '../dist/shared/node/paths.js';

/** What environments hold, what they are called and what they take. */
const environments = {
  training: {
    title: 'PyTorch, TensorFlow and Keras',
    cost:
      'On Linux PyTorch brings the CUDA libraries, used or not: some 3 GB to download and 7 GB on the disk. ' +
      '--contenders stock,masq does without',
    requirements: [
      'torch==2.15.0',
      'tensorflow-cpu==2.21.0; platform_machine == "x86_64"',
      'tensorflow==2.21.0; platform_machine != "x86_64"',
      'keras==3.15.1',
      'numpy==2.4.6',
    ],
  },
  reading: {
    title: 'aeon and pandas',
    cost: 'Some 150 MB to download. Without --sections reading nobody needs them',
    requirements: ['aeon==1.6.0', 'pandas==3.0.6'],
  },
};

/** Versions of Python for which both frameworks have packages, the likely first. */
const interpreters = ['python3', 'python3.12', 'python3.13', 'python3.11'];

/**
 * The path of a Python that has the peers in training or in reading, which are installed at the first call; pip's own output goes to standard
 * error.
 *
 * @throws Error when there is no suitable Python or the installation fails
 */
export async function peersPython(purpose) {
  const { MASQ_BENCH_PYTHON } = process.env;
  const environment = environments[purpose];
  const { requirements } = environment;
  if (MASQ_BENCH_PYTHON) return MASQ_BENCH_PYTHON;
  const { name, version } = findInterpreter();
  const key = createHash('sha256')
    .update(JSON.stringify([requirements, version]))
    .digest('hex')
    .slice(0, 16);
  const parent = join(cacheFolder(), 'bench');
  const folder = join(parent, key);
  if (!existsSync(folder)) await install(name, parent, folder, environment);
  return join(folder, 'bin', 'python');
}

function findInterpreter() {
  const script =
    'import sys, sysconfig; assert (3, 11) <= sys.version_info[:2] <= (3, 13); ' +
    'print(sys.version_info[:2], sysconfig.get_platform())';
  for (const name of interpreters) {
    const { status, stdout } = spawnSync(name, ['-c', script], { encoding: 'utf8' });
    if (status === 0) return { name, version: stdout.trim() };
  }
  throw new Error(`The peers need Python 3.11 to 3.13, and none of these is: ${interpreters.join(', ')}.`);
}

/** Installs into a temporary folder beside `folder` and renames it; of two processes at once the first one wins. */
async function install(interpreter, parent, folder, { title, cost, requirements }) {
  console.error(
    `Installing ${title} into ${folder}, once for all clones. ${cost}; ` +
      'MASQ_BENCH_PYTHON names a Python that has all of it already.',
  );
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent);
  const temporary = await mkdtemp(join(parent, `installing-${process.pid}-`));
  try {
    run(interpreter, ['-m', 'venv', temporary]);
    const options = ['--disable-pip-version-check', '--no-input', '--only-binary=:all:'];
    run(join(temporary, 'bin', 'python'), ['-m', 'pip', 'install', ...options, ...requirements]);
    // Scripts in `bin` name the old folder and break; the interpreter finds its packages wherever it is.
    await rename(temporary, folder);
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Removes what installations left whose process was killed. */
async function removeAbandoned(parent) {
  for (const name of await readdir(parent)) {
    const owner = /^installing-(\d+)-/.exec(name)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    await rm(join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Runs a program with its output on standard error. */
function run(program, args) {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 2, 2] });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.slice(0, 3).join(' ')} ended with code ${status}.`);
}
