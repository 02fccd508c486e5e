// `masq engine install` as users meet it: things missing, kills, damage. Real programs, real files, a real wheel.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { engineFolder, inspectEngine } from '../src/engine/cache.js';
import { cacheFolder } from '../src/shared/node/paths.js';
import { pipEnvironment, startWheelIndex, type WheelIndex } from './support/wheels.js';

const installed = inspectEngine(engineFolder('cpu'));
const engineName = basename(engineFolder('cpu'));

/** Beside the real engine, so that its files can be linked. */
mkdirSync(join(cacheFolder(), 'test'), { recursive: true });
const folder = mkdtempSync(join(cacheFolder(), 'test', 'install-'));
const cache = join(folder, 'cache');
afterAll(() => {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

type Environment = Record<string, string>;

/** Runs masq without blocking the package index, which is in this process. */
async function masq(args: string[], environment: Environment) {
  const child = spawn(process.execPath, ['dist/cli/main.js', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, MASQ_CACHE: cache, ...environment },
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { status: child.exitCode, stdout, stderr };
}

/** Starts an install and waits until it says `sentence`. */
async function startInstall(sentence: string, environment: Environment): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['dist/cli/main.js', 'engine', 'install', '--cpu'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, MASQ_CACHE: cache, ...environment },
  });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      said += part;
      if (said.includes(sentence)) resolve();
    });
    child.once('exit', () => {
      reject(new Error(`the install ended before it said "${sentence}": ${said}`));
    });
  });
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** A folder with links to some programs, to be a whole PATH. */
function pathWith(name: string, programs: Environment): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const [link, program] of Object.entries(programs)) symlinkSync(program, join(path, link));
  return path;
}

/** The compiler by its path, to be found without a PATH. */
function realCompiler(): string {
  return spawnSync('which', ['g++'], { encoding: 'utf8' }).stdout.trim();
}

function realPython(): string {
  return spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], {
    encoding: 'utf8',
  }).stdout.trim();
}

describe.skipIf(installed.state !== 'whole')('an install where something is missing', () => {
  it.each([
    {
      missing: 'Python',
      environment: () => ({ PATH: pathWith('nothing', {}), CXX: realCompiler() }),
      message: /^masq: No python3, .*apt install python3 python3-pip.*masq engine install$/,
    },
    {
      missing: 'pip',
      environment: () => {
        spawnSync(realPython(), ['-m', 'venv', '--without-pip', join(folder, 'venv')]);
        return { PATH: join(folder, 'venv', 'bin'), CXX: realCompiler() };
      },
      message: /^masq: Python has no pip, .*apt install python3 python3-pip.*masq engine install$/,
    },
    {
      missing: 'a compiler',
      environment: () => ({ PATH: pathWith('python', { python3: realPython() }), CXX: 'g++' }),
      message: /^masq: No C\+\+ compiler: "g\+\+" .*apt install g\+\+.*masq engine install$/,
    },
    {
      missing: 'the network',
      // Nothing listens on port 1.
      environment: () => pipEnvironment(1),
      message: /^masq: tensorflow-cpu==2\.21\.0 could not be downloaded: the package index does not answer\./,
    },
  ])('says that $missing is, how to get it, and leaves nothing', async ({ environment, message }) => {
    const { status, stderr } = await masq(['engine', 'install', '--cpu'], environment());
    expect(stderr.trim().split('\n').at(-1)).toMatch(message);
    expect(status).toBe(1);
    expect(spawnSync('find', [cache, '-type', 'f'], { encoding: 'utf8' }).stdout).toBe('');
  });

  it('names everything that is missing at once', async () => {
    const { stderr } = await masq(['engine', 'install', '--cpu'], {
      PATH: pathWith('neither', {}),
      CXX: 'g++',
    });
    expect(stderr).toMatch(/^masq: No python3, .*\nNo C\+\+ compiler: .*$/m);
  });
});

describe.skipIf(installed.state !== 'whole')('a damaged engine', () => {
  /** The compiler without optimisation, which takes most of an install's minute. */
  const compiler = join(folder, 'g++');
  /** One that is still at it when its install is killed, whom it outlives for some seconds without taking the processor. */
  const slowCompiler = join(folder, 'slow-g++');
  const engine = join(cache, 'engine', engineName);
  const library = 'tensorflow/libtensorflow_cc.so.2';
  let index: WheelIndex;

  beforeAll(async () => {
    writeFileSync(compiler, '#!/bin/sh\nexec g++ "$@" -O0\n', { mode: 0o755 });
    const slow = '#!/bin/sh\ncase $1 in --version) exec g++ --version ;; *) exec sleep 5 ;; esac\n';
    writeFileSync(slowCompiler, slow, { mode: 0o755 });
    index = await startWheelIndex();
    const files = installed.state === 'whole' ? installed.manifest.files.map(({ path }) => path) : [];
    for (const path of [...files, 'manifest.json']) {
      mkdirSync(dirname(join(engine, path)), { recursive: true });
      if (path !== library) linkSync(join(engineFolder('cpu'), path), join(engine, path));
    }
    writeFileSync(join(engine, library), 'half a library');
  });
  afterAll(() => {
    index.close();
  });

  /** What `masq engine info` says in the cache of this test. */
  async function info() {
    const engineOf = z.object({ backend: z.string(), warning: z.string().nullable() });
    const { stdout } = await masq(['engine', 'info', '--json'], {});
    return z.object({ engine: engineOf }).parse(JSON.parse(stdout)).engine;
  }

  it('is named, and masq computes in JavaScript', async () => {
    const { backend, warning } = await info();
    expect(backend).toBe('cpu');
    expect(warning).toContain(
      `${library} has 14 bytes, expected 788086608. To repair it: masq engine install`,
    );
  });

  it('is repaired by the next install, after others were killed in the download and in the compiler', async () => {
    index.stalls = true;
    const downloading = await startInstall('Downloading', index.environment);
    // An install that fails at once must leave the folder of the running one alone.
    await masq(['engine', 'install', '--cpu'], { ...index.environment, CXX: '/nowhere/g++' });
    expect(stagingFolders()).toHaveLength(1);
    await kill(downloading);
    expect(stagingFolders()).toHaveLength(1);

    index.stalls = false;
    await kill(await startInstall('Compiling', { ...index.environment, CXX: slowCompiler }));
    expect(stagingFolders()).toHaveLength(1);
    expect((await info()).backend).toBe('cpu');

    const environment = { ...index.environment, CXX: compiler };
    const { status, stderr } = await masq(['engine', 'install', '--cpu'], environment);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(readdirSync(join(cache, 'engine'))).toEqual([engineName]);
    expect(await info()).toEqual({ backend: 'tensorflow', warning: null });
  }, 900_000);

  function stagingFolders(): string[] {
    return readdirSync(join(cache, 'engine')).filter((name) => name !== engineName);
  }
});
