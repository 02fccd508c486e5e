// Downloads wheels (the archives Python packages come in) with pip, and takes files out of them.
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { codeOf } from '../shared/errors.js';
import { lastLines, runCommand } from './command.js';
import { pipPlatform, pipPlatforms } from './variants.js';

/** Hears how far a download is: bytes on the disk, and bytes in all once pip has said. */
export type DownloadReport = (file: string, done: number, total: number | null) => void;

export interface DownloadOptions {
  report: DownloadReport;
  signal?: AbortSignal | undefined;
}

const pythonCure = '(Debian, Ubuntu: apt install python3 python3-pip; Fedora: dnf install python3-pip)';

/** Throws, with the cure, unless Python 3 with pip runs. */
export async function checkPip(signal?: AbortSignal): Promise<void> {
  const { status, output } = await python(['-m', 'pip', '--version'], { signal });
  if (status === 0) return;
  if (output.includes('No module named pip')) {
    throw new Error(
      `Python has no pip, which downloads TensorFlow. Install it ${pythonCure}, then run: masq engine install`,
    );
  }
  throw new Error(`pip, which downloads TensorFlow, does not run. It said:\n${lastLines(output, 5)}`);
}

/**
 * Downloads the wheels of `requirements` (e.g. `tensorflow-cpu==2.21.0`), without what they depend on, into `folder`.
 * The platform is asked for by name, so that the version of the user's own Python does not matter.
 */
export async function downloadWheels(
  requirements: readonly string[],
  folder: string,
  { report, signal }: DownloadOptions,
): Promise<string[]> {
  const target = [
    '--only-binary=:all:',
    '--no-deps',
    '--python-version',
    '3.12',
    ...pipPlatforms().flatMap((name) => ['--platform', name]),
  ];
  const quiet = ['--progress-bar', 'off', '--no-cache-dir', '--disable-pip-version-check', '--no-input'];
  let announced = '';
  // pip's own progress depends on its version and on the terminal; the size of its folder does not.
  const stopWatching = watchFolder(folder, (bytes) => {
    report(...downloadState(announced, bytes));
  });
  try {
    const { status, output } = await python(
      ['-m', 'pip', 'download', ...target, ...quiet, '--dest', folder, ...requirements],
      { signal, environment: { TMPDIR: folder }, onOutput: (text) => (announced = text) },
    );
    if (status !== 0) throw new Error(explainPip(requirements.join(', '), output));
    report(...downloadState(output, Infinity));
  } finally {
    stopWatching();
  }
  const files = await readdir(folder);
  return files.filter((name) => name.endsWith('.whl')).map((name) => join(folder, name));
}

/**
 * Takes the members of a wheel that match one of `patterns` (as in Python's fnmatch, `*` matching slashes too) out of
 * it into `folder`.
 */
export async function extractWheel(
  wheel: string,
  folder: string,
  patterns: readonly string[],
  { report, signal }: DownloadOptions,
): Promise<void> {
  const program = [
    'import fnmatch, os, sys, zipfile',
    'wheel, folder, *patterns = sys.argv[1:]',
    'with zipfile.ZipFile(wheel) as archive:',
    '    chosen = [m for m in archive.infolist() if any(fnmatch.fnmatchcase(m.filename, p) for p in patterns)]',
    '    print(sum(m.file_size for m in chosen), flush=True)',
    '    for m in chosen:',
    '        path = archive.extract(m, folder)',
    // Which programs are to be executable, zipfile does not keep.
    '        if m.external_attr >> 16 & 0o100: os.chmod(path, 0o755)',
  ].join('\n');
  let announced = '';
  const before = await folderBytes(folder);
  const stopWatching = watchFolder(folder, (bytes) => {
    report(basename(wheel), bytes - before, Number.parseInt(announced) || null);
  });
  try {
    const { status, output } = await python(['-c', program, wheel, folder, ...patterns], {
      signal,
      onOutput: (text) => (announced = text),
    });
    if (status !== 0) {
      if (output.includes('No space left on device')) throw new Error(diskFull(folder));
      throw new Error(`${basename(wheel)} could not be unpacked. Python said:\n${lastLines(output, 5)}`);
    }
    const total = Number.parseInt(output);
    report(basename(wheel), total, total);
  } finally {
    stopWatching();
  }
}

async function python(args: readonly string[], options: Parameters<typeof runCommand>[2]) {
  try {
    return await runCommand('python3', args, options);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new Error(
      `No python3, whose pip downloads TensorFlow. Install it ${pythonCure}, then run: masq engine install`,
      { cause: error },
    );
  }
}

/**
 * Which file pip is at, how much of it is there, and its size: from lines such as `Downloading
 * https://…/x.whl (274.0 MB)` and from the bytes of all files together.
 */
function downloadState(output: string, bytes: number): [string, number, number | null] {
  const files = [...output.matchAll(/^ *Downloading (\S+)(?: \(([\d.]+) ([kMG]?)B\))?$/gm)].map((match) => {
    const [, address, size, unit] = match as (string | undefined)[];
    return {
      name: address?.split('/').at(-1) ?? '',
      bytes: Number(size ?? 0) * ({ k: 1e3, M: 1e6, G: 1e9 }[unit ?? ''] ?? 1),
    };
  });
  const current = files.pop();
  if (current === undefined || current.bytes === 0) return [current?.name ?? '', bytes, null];
  const earlier = files.reduce((sum, file) => sum + file.bytes, 0);
  return [current.name, Math.min(current.bytes, Math.max(0, bytes - earlier)), current.bytes];
}

/** Tells the bytes in a folder four times a second until the function that it gives is called. */
function watchFolder(folder: string, tell: (bytes: number) => void): () => void {
  let watching = true;
  const timer = setInterval(() => {
    void folderBytes(folder).then((bytes) => {
      if (watching) tell(bytes);
    });
  }, 250);
  return () => {
    watching = false;
    clearInterval(timer);
  };
}

/** The bytes of all files under a folder that other programs are changing. */
async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true }).catch(() => [])) {
    const found = await stat(join(folder, entry)).catch(() => null);
    if (found?.isFile() === true) bytes += found.size;
  }
  return bytes;
}

/** One sentence for the usual reasons why pip fails, else pip's own last lines. */
function explainPip(requirements: string, output: string): string {
  if (/No space left on device/i.test(output)) return diskFull('the cache folder');
  if (/connection|timed? ?out|name resolution|unreachable|proxy|max retries|SSLError/i.test(output)) {
    return (
      `${requirements} could not be downloaded: the package index does not answer. Check the network (or pip's ` +
      `settings for a mirror or proxy), then run: masq engine install`
    );
  }
  if (/No matching distribution|Could not find a version/i.test(output)) {
    return (
      `pip found no ${requirements} for ${pipPlatform()} in its package index. If pip is set to a mirror, to local ` +
      'folders or to no index at all (python3 -m pip config list), mend that, then run: masq engine install'
    );
  }
  return `${requirements} could not be downloaded. pip said:\n${lastLines(output, 5)}`;
}

function diskFull(folder: string): string {
  return `The disk is full: ${folder} has no room left for TensorFlow. Make room or set MASQ_CACHE to another disk.`;
}
