// One process at a time, of all machines that share a folder. A lease is a row of files `1`, `2`, …, one for each holder, of which
// the last one counts:
//
//   {"machine": …, "pid": …}⏎......released⏎
//
// The holder adds a dot every few seconds. Who finds no new dot for a minute, or the process of the holder gone from its own
// machine, takes the lease over: it writes `taken` into the file, looks for a dot that came at the last moment, and makes the next
// file, which only one of several can. The holder reads its file after each dot; when it finds more than its dots, it has
// lost the lease and must stop. So one of the two always sees the other, whatever the clocks of the machines say. Files are
// rewritten in place and read after being opened, which is what NFS keeps consistent; locks of the system need not reach
// across machines.
import { constants } from 'node:fs';
import { appendFile, mkdir, open, readdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { codeOf } from '../../shared/errors.js';
import { startOf, thisMachine } from '../../shared/node/processes.js';

const holderSchema = z.object({
  host: z.string(),
  /** Tells boots of a host and containers on it apart: within one machine a process can be looked up by its number. */
  machine: z.string(),
  pid: z.number(),
  /** When the process was started, in the units of the kernel: numbers of processes are used again. */
  started: z.string(),
});

/** Who holds a lease. */
export type Holder = z.infer<typeof holderSchema>;

export interface Lease {
  /** Adds a dot. False when the lease is lost. */
  readonly renew: () => Promise<boolean>;
  readonly release: () => Promise<void>;
}

export interface LeaseOptions {
  /** Called once when another holds the lease; what it throws ends the wait. */
  readonly onHeld: (holder: Holder | null) => void;
  /** Called before a holder of whom nothing is known is watched for a minute. */
  readonly onWatch?: (holder: Holder | null) => void;
  readonly signal?: AbortSignal;
  /** Default: this process. */
  readonly holder?: Holder;
  /** Default: that of the system. */
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

export const renewMilliseconds = 10_000;
/** A holder that has not renewed for so long is gone. */
const looks = 6;

/**
 * Waits until nobody else holds the lease, and takes it.
 *
 * @param folder of its own; made where there is none
 * @throws what `onHeld` throws, or an `AbortError`
 */
export async function acquireLease(folder: string, options: LeaseOptions): Promise<Lease> {
  const { onHeld, signal, holder = thisProcess(), sleep = pause } = options;
  await mkdir(folder, { recursive: true });
  for (let told = false; ;) {
    const number = await lastNumber(folder);
    const [last, next] = [number, number + 1].map((name) => join(folder, String(name)));
    if (number === 0 || (await takeOver(last, options))) {
      if (await create(next, holder)) return leaseOf(next, holder);
      continue;
    }
    if (!told) onHeld(holderOf(await contentOf(last)));
    told = true;
    await sleep(renewMilliseconds, signal);
  }
}

/** Whether a folder is there and is that of a lease, and not somebody's own of that name. */
export async function isLease(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => null);
  return names?.every((name) => /^[1-9]\d*$/.test(name)) ?? false;
}

/** Renews a lease every few seconds, until it is lost or the process ends. */
export function keepRenewing(lease: Lease, onLost: () => void): () => void {
  const timer = setInterval(() => {
    lease.renew().then(
      (held) => {
        if (!held) onLost();
      },
      // A shared disk that is away for a moment: who wants the lease cannot read it either.
      () => undefined,
    );
  }, renewMilliseconds);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}

/** This process, as its leases name it. */
export function thisProcess(): Holder {
  return {
    host: hostname(),
    machine: thisMachine() ?? '',
    pid: process.pid,
    started: startOf(process.pid) ?? '',
  };
}

const line = (holder: Holder): string => `${JSON.stringify(holder)}\n`;

function leaseOf(path: string, holder: Holder): Lease {
  return {
    renew: async () => {
      await appendFile(path, '.');
      const content = await contentOf(path);
      return content.startsWith(line(holder)) && /^\.*$/.test(content.slice(line(holder).length));
    },
    release: () => appendFile(path, 'released\n'),
  };
}

/** Whether the holder of a file is gone; false as soon as it is seen to live. */
async function takeOver(path: string, { signal, onWatch, sleep = pause }: LeaseOptions): Promise<boolean> {
  const before = await contentOf(path);
  if (before.endsWith('released\n')) return true;
  const alive = isAlive(holderOf(before));
  if (alive !== null) return !alive;
  onWatch?.(holderOf(before));
  for (let look = 0; look < looks; look++) {
    await sleep(renewMilliseconds, signal);
    const now = await contentOf(path);
    if (now.endsWith('released\n')) return true;
    if (now !== before) return false;
  }
  await appendFile(path, 'taken\n');
  const after = await contentOf(path);
  return after.startsWith(before) && /^(taken\n)+$/.test(after.slice(before.length));
}

async function lastNumber(folder: string): Promise<number> {
  return Math.max(0, ...(await readdir(folder)).map(Number).filter(Number.isInteger));
}

/** False when another was quicker. */
async function create(path: string, holder: Holder): Promise<boolean> {
  try {
    const file = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY);
    try {
      await file.writeFile(line(holder));
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function contentOf(path: string): Promise<string> {
  return readFile(path, 'utf8');
}

/** Null where the holder was killed before it wrote its name. */
function holderOf(content: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(content.split('\n', 1)[0]));
  } catch {
    return null;
  }
}

/** Null where the holder is on another machine, or unknown. */
function isAlive(holder: Holder | null): boolean | null {
  const machine = thisMachine();
  if (holder === null || machine === null || holder.machine !== machine) return null;
  return startOf(holder.pid) === holder.started;
}

async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal });
}
