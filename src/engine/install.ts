// Installs a variant of TensorFlow into the cache: download, unpack, compile the addon, try it, move it into place.
// Everything happens in a folder of its own beside the final one, so that a kill at any moment leaves nothing under
// the final name, and two installs at once do not meet.
import { randomUUID } from 'node:crypto';
import {
  access,
  constants,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  statfs,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeOf, messageOf } from '../shared/errors.js';
import { sha256OfFile, syncFolder, writeFileDurable } from '../shared/node/files.js';
import { buildAddon, compilerVersion, linkAddonIntoPackage, tfjsVersion } from './addon.js';
import {
  addonName,
  engineFolder,
  enginesFolder,
  inspectEngine,
  manifestName,
  verifyEngine,
  type CudaBuild,
  type Manifest,
} from './cache.js';
import { lastLines, runCommand } from './command.js';
import { libraryFault, machineProblem, platformProblem, suitableVariant } from './cuda.js';
import { checkPip } from './download.js';
import { probeDriver, hasDriver, type DriverProbe } from './driver.js';
import { collectLibraries } from './libraries.js';
import { diskBytes, pipPlatform, tensorflowVersion, type Variant } from './variants.js';
import { wheelsOf } from './wheels.js';

/** What an install is doing; `done` and `total` are bytes where they are known. */
export interface InstallProgress {
  step: 'check' | 'note' | 'download' | 'unpack' | 'compile' | 'try';
  /** The file or program concerned; of a note, what is to be told. */
  subject: string;
  done: number | null;
  total: number | null;
}

export interface InstallOptions {
  /** By default the one that suits this machine. */
  variant?: Variant | undefined;
  report: (progress: InstallProgress) => void;
  signal?: AbortSignal | undefined;
}

/** An engine in the cache. */
export interface InstalledEngine {
  variant: Variant;
  folder: string;
  manifest: Manifest;
  /** Whether it had been there, whole, before. */
  existed: boolean;
}

/**
 * Makes sure that a variant of TensorFlow is installed and whole; repairs a damaged one. Throws an `Error` with a
 * sentence for each thing that is missing, and how to get it; whatever was written until then is removed.
 */
export async function installEngine({
  variant: wanted,
  report,
  signal,
}: InstallOptions): Promise<InstalledEngine> {
  const probe = probeDriver();
  const variant = wanted ?? suitableVariant(probe);
  const folder = engineFolder(variant);
  const say = (step: InstallProgress['step'], subject: string): void => {
    report({ step, subject, done: null, total: null });
  };
  await removeLeftovers();
  say('check', folder);
  const found = await verifyEngine(folder);
  if (found.state === 'whole') {
    // A folder that was carried here, or is shared, may never have met this machine's cards.
    if (variant === 'cuda') {
      say('try', addonName);
      say('note', noteOnDevice(await tryAddon(join(folder, addonName), signal), folder, probe));
    }
    linkAddonIntoPackage(join(folder, addonName));
    return { variant, folder, manifest: found.manifest, existed: true };
  }

  pipPlatform();
  const problem = variant === 'cuda' ? platformProblem() : null;
  if (problem !== null) throw new Error(problem);
  for (const note of notesBefore(variant, wanted, probe)) say('note', note);
  const compiler = await checkPrerequisites(variant, signal);
  const staging = await makeStagingFolder();
  try {
    const built = join(staging, 'engine');
    const cuda = await collectLibraries(variant, join(staging, 'wheels'), built, report, signal);
    say('compile', compiler);
    await buildAddon(join(built, addonName), join(built, 'tensorflow'), signal);
    await rm(join(built, 'tensorflow', 'include'), { recursive: true });
    say('try', addonName);
    const device = await tryAddon(join(built, addonName), signal);
    if (cuda !== null) say('note', noteOnDevice(device, built, probe));
    const manifest = await writeManifest(built, compiler, cuda);
    signal?.throwIfAborted();
    await moveIntoPlace(built, folder);
    linkAddonIntoPackage(join(folder, addonName));
    return { variant, folder, manifest, existed: false };
  } finally {
    await rm(staging, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** What is told before anything is downloaded: why this variant, and what it costs. */
function notesBefore(variant: Variant, wanted: Variant | undefined, probe: DriverProbe): string[] {
  const problem = machineProblem(probe);
  const notes: string[] = [];
  if (problem !== null && variant === 'cuda') {
    notes.push(`No graphics card can be used here, and the CUDA variant is installed as asked. ${problem}`);
  }
  if (problem !== null && wanted === undefined && hasDriver(probe)) {
    notes.push(`The variant for processors is installed, since no graphics card can be used. ${problem}`);
  }
  const wheels = wheelsOf(variant);
  const download = wheels.reduce((sum, { bytes }) => sum + bytes, 0);
  const { during, after } = diskBytes[variant];
  notes.push(
    `${megabytes(download)} MB to download (${wheels.length === 1 ? '1 wheel' : `${wheels.length} wheels`}), ` +
      `${gigabytes(during)} on the disk during the install and ${gigabytes(after)} after it`,
  );
  return notes;
}

/** What the trial of the CUDA variant has shown. */
function noteOnDevice(device: string, folder: string, probe: DriverProbe): string {
  if (device !== 'cpu') return `The convolution ran on the card: ${device}`;
  const reason = machineProblem(probe) ?? libraryFault(folder);
  return (
    'The convolution ran on the processor; that the CUDA variant computes on a card is not verified here. ' +
    (reason ??
      'TensorFlow took no card: its own reason stands in the output of: TF_CPP_MIN_LOG_LEVEL=0 masq engine info')
  );
}

/**
 * Looks for everything that an install needs, and gives the compiler's first line about itself. Throws an `Error` with
 * a sentence for each thing that is missing, so that all can be had at once.
 */
async function checkPrerequisites(variant: Variant, signal?: AbortSignal): Promise<string> {
  const checks = await Promise.allSettled([
    checkPip(signal),
    compilerVersion(signal),
    checkCache(diskBytes[variant].during),
  ]);
  signal?.throwIfAborted();
  const reasons = checks.flatMap((check) => (check.status === 'rejected' ? [check.reason as unknown] : []));
  const [, compiler] = checks;
  if (compiler.status === 'fulfilled' && reasons.length === 0) return compiler.value;
  throw new Error(reasons.map(messageOf).join('\n'), { cause: reasons[0] });
}

/** Trains one convolution in a process of its own, so that a crash stays there, and gives the device it ran on. */
async function tryAddon(path: string, signal?: AbortSignal): Promise<string> {
  const script = fileURLToPath(new URL('./try.js', import.meta.url));
  const { status, signal: endedBy, output } = await runCommand(process.execPath, [script, path], { signal });
  if (status === 0) return /^device: (.+)$/m.exec(output)?.[1] ?? 'cpu';
  const how = endedBy ?? `exit status ${status ?? 'unknown'}`;
  throw new Error(
    `TensorFlow ${tensorflowVersion} is installed but does not run here (${how}). It said:\n${lastLines(output, 8)}`,
  );
}

/** Flushes every file to the disk and lists it with size and hash. */
async function writeManifest(folder: string, compiler: string, cuda: CudaBuild | null): Promise<Manifest> {
  const files: Manifest['files'] = [];
  for (const path of (await readdir(folder, { recursive: true })).sort()) {
    const file = await open(join(folder, path), 'r');
    try {
      const found = await file.stat();
      if (!found.isFile()) continue;
      await file.sync();
      files.push({ path, bytes: found.size, sha256: await sha256OfFile(join(folder, path)) });
    } finally {
      await file.close();
    }
  }
  const manifest = { tensorflow: tensorflowVersion, tfjs: tfjsVersion(), compiler, cuda, files };
  await writeFileDurable(join(folder, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** Renames a finished folder to its final name. A damaged one there is moved away; a whole one (another install was faster) is kept. */
async function moveIntoPlace(built: string, folder: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await rename(built, folder);
      await syncFolder(enginesFolder());
      return;
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '') || attempt === 3) throw error;
    }
    if (inspectEngine(folder).state === 'whole' && attempt > 0) return;
    await rename(folder, `${built}-replaced-${randomUUID().slice(0, 8)}`).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error;
    });
  }
}

const stagingPrefix = '.installing-';

/** Throws an `Error` unless the cache can be written to and its disk has room. */
async function checkCache(diskBytes: number): Promise<void> {
  const parent = enginesFolder();
  try {
    await mkdir(parent, { recursive: true });
    await access(parent, constants.W_OK);
  } catch (error) {
    throw new Error(
      `The cache folder ${parent} cannot be written to (${codeOf(error) ?? messageOf(error)}). Set MASQ_CACHE to a ` +
        'folder of your own, then run: masq engine install',
      { cause: error },
    );
  }
  const { bavail, bsize } = await statfs(parent);
  if (bavail * bsize < diskBytes) {
    throw new Error(
      `The disk of ${parent} has ${gigabytes(bavail * bsize)} free, and installing TensorFlow takes up to ` +
        `${gigabytes(diskBytes)}. Make room or set MASQ_CACHE to a folder on another disk.`,
    );
  }
}

/** Makes a folder named after this process. */
async function makeStagingFolder(): Promise<string> {
  const owner = [hostname(), process.pid, await startTime(process.pid), randomUUID().slice(0, 8)];
  const path = join(enginesFolder(), stagingPrefix + owner.join('_'));
  await mkdir(path);
  return path;
}

/** Removes the folders of installs that were killed. Those of another host, where one cannot look, after a day. */
async function removeLeftovers(): Promise<void> {
  const parent = enginesFolder();
  for (const name of await readdir(parent).catch(() => [])) {
    if (!name.startsWith(stagingPrefix)) continue;
    const path = join(parent, name);
    const [host, pid, started] = name.slice(stagingPrefix.length).split('_');
    const alive =
      host === hostname()
        ? (await startTime(Number(pid))) === started
        : Date.now() - (await stat(path)).mtimeMs < 86_400_000;
    if (!alive) await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** When a process started, in ticks since boot, which with its id names it for good; empty when there is none. */
async function startTime(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field is the program's name in parentheses, with whatever characters; the 22nd is the start.
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
