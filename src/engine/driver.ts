// What this machine says about its NVIDIA driver and graphics cards: the one place that asks.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { messageOf } from '../shared/errors.js';

/** The sources of the answers; tests give others. */
export interface DriverSources {
  /** The text of /proc/driver/nvidia/version. Throws where there is none (no driver, or WSL). */
  readonly kernelModule: () => string;
  /** Has the loader load one of the driver's libraries. Throws with the loader's message where it cannot. */
  readonly loadLibrary: (name: string) => void;
  /** What nvidia-smi prints. Throws as `execFileSync` does. */
  readonly nvidiaSmi: (args: readonly string[]) => string;
  /** `CUDA_VISIBLE_DEVICES`. */
  readonly visible: string | undefined;
}

/** A graphics card as nvidia-smi describes it. */
export interface Card {
  readonly name: string;
  /** E.g. `GPU-8f6ad7f1-…`. */
  readonly uuid: string;
  /** Null where the card has no memory of its own. */
  readonly memoryBytes: number | null;
  /** E.g. `8.6`. */
  readonly computeCapability: string;
}

/** What was found. */
export interface DriverProbe {
  /** The driver's version, e.g. `535.104.05`; null where nothing says it. */
  readonly version: string | null;
  /** Whether the kernel module is loaded; under WSL there is none. */
  readonly kernelModule: boolean;
  /** Why the loader cannot load libcuda.so.1, which computes; null when it can. */
  readonly libraryProblem: string | null;
  /** Why the loader cannot load libnvidia-ml.so.1, without which TensorFlow takes no card either; null when it can. */
  readonly managementProblem: string | null;
  /** All cards, whatever CUDA_VISIBLE_DEVICES hides; null where nvidia-smi is not there or fails. */
  readonly cards: readonly Card[] | null;
  /** What nvidia-smi said when it failed; null when it did not or is not there. */
  readonly smiProblem: string | null;
  readonly visible: string | undefined;
}

/** Asks the driver. Takes up to a second with one, and next to nothing without. */
export function probeDriver(sources: DriverSources = thisMachine()): DriverProbe {
  const kernelModule = attempt(sources.kernelModule);
  const library = attempt(() => {
    sources.loadLibrary('libcuda.so.1');
  });
  const management = attempt(() => {
    sources.loadLibrary('libnvidia-ml.so.1');
  });
  const query = '--query-gpu=driver_version,name,memory.total,compute_cap,uuid';
  const smi =
    kernelModule.error === null || library.error === null
      ? attempt(() => sources.nvidiaSmi([query, '--format=csv,noheader,nounits']))
      : null;
  const rows = smi?.value === undefined ? null : parseRows(smi.value);
  return {
    version: /\s(\d{3,}\.\d+(?:\.\d+)?)\s/.exec(kernelModule.value ?? '')?.[1] ?? rows?.[0]?.driver ?? null,
    kernelModule: kernelModule.error === null,
    libraryProblem: firstLine(library.error),
    managementProblem: firstLine(management.error),
    cards: rows?.map(({ card }) => card) ?? null,
    smiProblem: smi === null || smi.error === null ? null : explainSmi(smi.error),
    visible: sources.visible,
  };
}

/** Whether there is any trace of a driver. */
export function hasDriver({ kernelModule, libraryProblem }: DriverProbe): boolean {
  return kernelModule || libraryProblem === null;
}

/** Before the engine leaves one card visible to this process. */
const visibleAtStart = process.env.CUDA_VISIBLE_DEVICES;

/** A driver that hangs does not answer at all. */
const smiMilliseconds = 30_000;

/** The real sources. */
export function thisMachine(): DriverSources {
  return {
    kernelModule: () => readFileSync('/proc/driver/nvidia/version', 'utf8'),
    loadLibrary: loadShared,
    nvidiaSmi: (args) =>
      execFileSync('nvidia-smi', args, {
        encoding: 'utf8',
        timeout: smiMilliseconds,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, PATH: smiPath() },
      }),
    visible: visibleAtStart,
  };
}

/**
 * Has the loader load a shared library that is no addon, and closes it again. Throws with the loader's message, which
 * names the library that is missing.
 */
export function loadShared(path: string): void {
  try {
    process.dlopen({ exports: {} }, path);
  } catch (error) {
    // Node's own complaint, once the loader has done its part.
    if (!messageOf(error).startsWith('Module did not self-register')) throw error;
  }
}

/** Under WSL the driver's programs are in a folder that PATH need not name. */
function smiPath(): string {
  return [process.env.PATH, '/usr/lib/wsl/lib'].filter(Boolean).join(':');
}

function parseRows(text: string): { driver: string; card: Card }[] {
  return text
    .split('\n')
    .map((line) => line.split(',').map((field) => field.trim()))
    .filter((fields) => fields.length === 5)
    .map(([driver, name, mebibytes, computeCapability, uuid]) => ({
      driver,
      card: { name, uuid, memoryBytes: Number(mebibytes) * 2 ** 20 || null, computeCapability },
    }));
}

/** What a failed nvidia-smi printed, in one line; null where there is no such program, which is no fault. */
function explainSmi(error: unknown): string | null {
  if (!(error instanceof Error)) return messageOf(error);
  if ('code' in error && error.code === 'ENOENT') return null;
  const printed = ['stdout', 'stderr'].map((stream) =>
    stream in error ? String(Reflect.get(error, stream)) : '',
  );
  return printed.join(' ').replace(/\s+/g, ' ').trim() || firstLine(error);
}

function firstLine(error: unknown): string | null {
  return error === null ? null : messageOf(error).split('\n', 1)[0];
}

function attempt<Value>(
  ask: () => Value,
): { value?: Value; error: null } | { value?: undefined; error: unknown } {
  try {
    return { value: ask(), error: null };
  } catch (error) {
    return { error };
  }
}
