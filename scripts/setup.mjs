// Makes a clone ready to run: packages, build, TensorFlow. Plain Node, because nothing is installed yet. What is done
// already is not done again, so that `npm start` and `npm test` can call it every time.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const oldestNode = 20;

const major = Number(process.versions.node.split('.')[0]);
if (major < oldestNode) {
  fail(
    `masq needs Node ${oldestNode} or later, and this is Node ${process.versions.node}. See https://nodejs.org`,
  );
}
await installPackages();
await build();
await installEngine();

/** Runs `npm ci` unless node_modules holds what package-lock.json asks for. */
async function installPackages() {
  if (packagesAreInstalled()) return;
  say('Installing the npm packages (some 420 MB on the disk; a minute or less on a fast network) …');
  const stopTelling = tellOfPackages();
  const args = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const status = await (npm?.endsWith('.js') ? run(process.execPath, [npm, ...args]) : run('npm', args));
  stopTelling();
  if (status !== 0)
    fail('npm ci failed; its message is above. When that is mended, run the same command again.');
}

/** Tells now and then how many packages are there, as npm does not; what it gives ends that. */
function tellOfPackages() {
  // Optional ones may be for other machines.
  const paths = Object.entries(packagesOf('package-lock.json') ?? {})
    .filter(([path, { optional }]) => path !== '' && optional !== true)
    .map(([path]) => path);
  const isTerminal = process.stderr.isTTY === true;
  const timer = setInterval(
    () => {
      const there = paths.filter((path) => existsSync(join(root, path, 'package.json'))).length;
      process.stderr.write(
        `${isTerminal ? '\r\x1b[K' : ''}${there} of ${paths.length} packages${isTerminal ? '' : '\n'}`,
      );
    },
    isTerminal ? 500 : 10_000,
  );
  return () => {
    clearInterval(timer);
    if (isTerminal) process.stderr.write('\n');
  };
}

/** Whether npm's own record of node_modules, which it writes last, agrees with package-lock.json. */
function packagesAreInstalled() {
  const asked = packagesOf('package-lock.json');
  const found = packagesOf('node_modules/.package-lock.json');
  if (asked === null || found === null) return false;
  return Object.entries(asked).every(([path, { version, integrity, optional }]) => {
    if (path === '') return true;
    const there = found[path];
    if (there === undefined) return optional === true;
    return there.version === version && there.integrity === integrity && existsSync(join(root, path));
  });
}

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(join(root, lockFile), 'utf8')).packages;
  } catch {
    return null;
  }
}

/**
 * Compiles src/ into dist/ unless the build there is of the same sources. Stale outputs go. Types are for `npm run check`: to check
 * them would take as long again.
 */
async function build() {
  const hash = sourcesHash();
  const stamp = '.sources';
  if (existsSync(join(dist, stamp)) && readFileSync(join(dist, stamp), 'utf8') === hash) return;
  say('Compiling masq …');
  // Built elsewhere and swapped in whole, so that an interruption leaves the old build or the new one.
  const fresh = temporaryFolder('new');
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const status = await run(process.execPath, [
    compiler,
    '-p',
    join(root, 'tsconfig.build.json'),
    '--noCheck',
    '--outDir',
    fresh,
  ]);
  if (status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    fail('masq does not compile; the errors are above.');
  }
  chmodSync(join(fresh, 'cli', 'main.js'), 0o755);
  writeFileSync(join(fresh, stamp), hash);
  const old = temporaryFolder('old');
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
}

/** A hash of everything that the build depends on. */
function sourcesHash() {
  const sources = readdirSync(join(root, 'src'), { recursive: true })
    .filter((name) => /\.c?ts$/.test(name) && !name.endsWith('.test.ts'))
    .map((name) => join('src', name));
  const hash = createHash('sha256');
  for (const name of [...sources.sort(), 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json']) {
    hash.update(`${name}\n`).update(readFileSync(join(root, name)));
  }
  return hash.digest('hex');
}

/** A name in node_modules, which git ignores and which is on the same disk; those of killed set-ups are removed. */
function temporaryFolder(purpose) {
  const parent = join(root, 'node_modules');
  const prefix = `.masq-${purpose}-`;
  for (const name of readdirSync(parent)) {
    if (name.startsWith(prefix) && !isRunning(Number(name.slice(prefix.length)))) {
      rmSync(join(parent, name), { recursive: true, force: true });
    }
  }
  return join(parent, `${prefix}${process.pid}`);
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Installs TensorFlow unless it is there. Without it masq still works, slowly, so a failure does not end the set-up. */
async function installEngine() {
  const load = (name) => import(pathToFileURL(join(dist, 'engine', name)).href);
  const [{ engineFolder, inspectEngine }, { suitableVariant }] = await Promise.all(
    ['cache.js', 'cuda.js'].map(load),
  );
  const variant = suitableVariant();
  if (inspectEngine(engineFolder(variant)).state === 'whole') return;
  const what = { cpu: 'for processors', cuda: 'with CUDA, because a graphics card can use it' };
  say(`Installing TensorFlow ${what[variant]} (once for all clones) …`);
  if ((await run(process.execPath, [join(dist, 'cli', 'main.js'), 'engine', 'install'])) !== 0) {
    say('Going on without TensorFlow: masq computes in JavaScript, many times slower.');
  }
}

/** Runs a program with its output on standard error; gives its exit status. Ends with it when Ctrl-C ended it. */
async function run(program, args) {
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 2, 2] });
  // Ctrl-C goes to both, and the program may have to clean up; a signal to this process alone is passed on.
  let isInterrupted = false;
  const interrupt = () => {
    isInterrupted = true;
    setTimeout(() => child.kill('SIGINT'), 1000).unref();
  };
  process.on('SIGINT', interrupt);
  const [status, signal] = await once(child, 'exit').catch((error) =>
    fail(`${program} does not run: ${error.message}`),
  );
  process.off('SIGINT', interrupt);
  if (isInterrupted || signal === 'SIGINT' || status === 130) process.exit(130);
  return status;
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

function fail(message) {
  say(message);
  process.exit(1);
}
