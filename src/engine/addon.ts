// The native addons: that of @tensorflow/tfjs-node-gpu, built from the package's own source, unmodified, against the
// libraries of a current TensorFlow and loaded in place of the one the package would download; and masq's own, from
// native/, beside it.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import util from 'node:util';
import { z } from 'zod';
import { codeOf } from '../shared/errors.js';
import { packageRoot } from '../shared/node/paths.js';
import { lastLines, runCommand } from './command.js';
import type { Precision } from './kernels/precision.js';
import type { OwnOperations } from './tensorflow/index.js';

const require = createRequire(import.meta.url);
const packageName = '@tensorflow/tfjs-node-gpu';

/** The version of the installed @tensorflow/tfjs-node-gpu. */
export function tfjsVersion(): string {
  return z.object({ version: z.string() }).parse(require(`${packageName}/package.json`)).version;
}

/** The C++ compiler: `$CXX`, else g++. */
export function compilerCommand(): string {
  return process.env.CXX ?? 'g++';
}

/** The compiler's first line about itself. Throws, with the cure, where there is no compiler that works. */
export async function compilerVersion(signal?: AbortSignal): Promise<string> {
  const compiler = compilerCommand();
  try {
    const { status, output } = await runCommand(compiler, ['--version'], { signal });
    if (status === 0) return output.split('\n', 1)[0];
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  throw new Error(
    `No C++ compiler: "${compiler}" is not there or does not run. Install one ` +
      '(Debian, Ubuntu: apt install g++; Fedora: dnf install gcc-c++) or name it in CXX, then run: masq engine install',
  );
}

/**
 * Compiles the addon into `path`, and masq's own beside it. `tensorflow` is the folder with `include/` and the two
 * libraries; the addons look for it beside themselves, so that all can be moved together.
 */
export async function buildAddon(path: string, tensorflow: string, signal?: AbortSignal): Promise<void> {
  const source = join(packageFolder(), 'binding');
  const own = join(packageRoot(), 'native');
  const include = [join(tensorflow, 'include'), packageFolder()].map((folder) => `-I${folder}`);
  const libraries = [
    ...[`-L${tensorflow}`, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
    '-Wl,-rpath,$ORIGIN/tensorflow',
  ];
  // Multiplications and additions stay two operations, so that results are the same on every processor; nobody asks for
  // errno or traps, which would keep loops from using vectors.
  const optimized = ['-O3', '-ffp-contract=off', '-fno-math-errno', '-fno-trapping-math'];
  const binding = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => ({
    source: join(source, name),
    args: ['-std=c++17', ...include],
  }));
  const operations = readdirSync(own)
    .filter((name) => name.endsWith('.cc'))
    .map((name) => ({
      source: join(own, name),
      args: ['-std=c++17', ...optimized, '-fvisibility=hidden', '-pthread', ...include],
    }));
  const objects = await compileAll([...operations, ...binding], dirname(path), signal);
  const ownObjects = objects.slice(0, operations.length);
  const bindingObjects = objects.slice(operations.length);
  await allDone([
    runCompiler(['-shared', '-o', path, ...bindingObjects, ...libraries], path, signal),
    runCompiler(
      ['-shared', '-pthread', '-o', operationsBeside(path), ...ownObjects, ...libraries],
      path,
      signal,
    ),
    runCompiler(
      ['-shared', '-o', quietAddonBeside(path), '-x', 'c', join(own, 'quiet_stderr.c')],
      path,
      signal,
    ),
  ]);
  for (const object of objects) rmSync(object);
}

/** A file to compile, and how. */
interface Unit {
  readonly source: string;
  readonly args: readonly string[];
}

/** Compiles files, as many at a time as there are processors, into object files in the folder, named in their order. */
async function compileAll(units: readonly Unit[], folder: string, signal?: AbortSignal): Promise<string[]> {
  const objectOf = ({ source }: Unit): string => join(folder, `${basename(source)}.o`);
  const waiting = [...units];
  const work = async (): Promise<void> => {
    for (let unit = waiting.shift(); unit !== undefined; unit = waiting.shift()) {
      const object = objectOf(unit);
      try {
        await runCompiler(['-c', unit.source, ...unit.args, '-o', object], object, signal);
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
    }
  };
  await allDone(Array.from({ length: availableParallelism() }, work));
  return units.map(objectOf);
}

/** Waits until nothing runs any more, and only then throws the first failure: what is compiled to may be removed after it. */
async function allDone(runs: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(runs)) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}

/**
 * Loads @tensorflow/tfjs-node-gpu with the addon at `path`, which registers the `tensorflow` backend with tfjs and
 * makes it current. The package asks node-pre-gyp where its addon is; here it gets the answer from this function, so
 * that each process has the variant it wants whatever is in node_modules.
 */
export function loadAddon(path: string): void {
  restoreUtilFunctions();
  const requireAsPackage = createRequire(join(packageFolder(), 'package.json'));
  const finder = requireAsPackage.resolve('@mapbox/node-pre-gyp');
  const answer = new Module(finder);
  answer.exports = { find: () => path };
  answer.loaded = true;
  requireAsPackage.cache[finder] = answer;
  // At the lowest level TensorFlow may say what it likes.
  const quiet =
    process.env.TF_CPP_MIN_LOG_LEVEL === '0' ? null : quietAddonSchema.parse(require(quietAddonBeside(path)));
  quiet?.hide();
  try {
    require(packageName);
  } finally {
    quiet?.restore();
    Reflect.deleteProperty(requireAsPackage.cache, finder);
  }
}

/**
 * Adds masq's own operations, which exist for processors only, to the TensorFlow that `loadAddon` loaded with the addon
 * at `path`.
 */
export function loadOperations(path: string): OwnOperations {
  const { convolvesFloat32, convolvesBfloat16 } = operationsSchema.parse(require(operationsBeside(path)));
  const convolutions: Precision[] = [];
  if (convolvesFloat32) convolutions.push('float32');
  if (convolvesBfloat16) convolutions.push('bfloat16');
  return { convolutions };
}

/**
 * Links the addon to where the package itself looks, so that programs which load @tensorflow/tfjs-node-gpu without
 * masq find it too. Does nothing where one is there already; masq itself needs no link, so one that cannot be made
 * (a folder that is read-only, a full disk) is no failure.
 */
export function linkAddonIntoPackage(path: string, place = placeInPackage()): void {
  if (existsSync(place)) return;
  const temporary = `${place}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(place), { recursive: true });
    // An earlier process of the same number may have left one.
    rmSync(temporary, { force: true });
    symlinkSync(path, temporary);
    renameSync(temporary, place);
  } catch {
    return;
  }
}

function placeInPackage(): string {
  return join(packageFolder(), 'lib', 'napi-v8', 'tfjs_binding.node');
}

/** Runs the compiler for a Node addon, with temporary files beside `path`. Throws an error with its last lines. */
async function runCompiler(args: readonly string[], path: string, signal?: AbortSignal): Promise<void> {
  const nodeHeaders = join(dirname(require.resolve('node-api-headers/package.json')), 'include');
  const common = ['-O2', '-fPIC', '-w', '-DNAPI_VERSION=8', `-I${nodeHeaders}`];
  const { status, output } = await runCommand(compilerCommand(), [...common, ...args], {
    signal,
    environment: { TMPDIR: dirname(path) },
  });
  if (status !== 0) {
    throw new Error(
      `The addons for TensorFlow could not be compiled. The compiler said:\n${lastLines(output, 15)}`,
    );
  }
}

/** The addon of native/quiet_stderr.c, built beside the main one. */
function quietAddonBeside(path: string): string {
  return join(dirname(path), 'quiet_stderr.node');
}

/** The addon of native/*.cc, built beside the main one. */
function operationsBeside(path: string): string {
  return join(dirname(path), 'masq_ops.node');
}

const operationsSchema = z.object({ convolvesFloat32: z.boolean(), convolvesBfloat16: z.boolean() });

const quietAddonSchema = z.object({ hide: z.function(), restore: z.function() });

function packageFolder(): string {
  return dirname(require.resolve(`${packageName}/package.json`));
}

/** Puts back what Node 23 removed from `util` and tfjs-node still calls. */
function restoreUtilFunctions(): void {
  if ('isNullOrUndefined' in util) return;
  Object.assign(util, { isNullOrUndefined: (value: unknown) => value === null || value === undefined });
}
