// Files that are written until a packed file is whole. Their names tell which process makes them, so that those of one that was killed
// are removed by the next.
import { createHash, randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isThere, startOf, thisMachine } from '../../shared/node/processes.js';

/** What a temporary file holds: the packed file to be, moments of its recordings, or their steps as they came. */
type Kind = 'packing' | 'moments' | 'runs';

/** A maker that one cannot look at, as on another machine, is gone when its file did not change for so many milliseconds. */
const GONE = 86_400_000;

const named = /\.(\w{8})-(\d+)-(\d+)-\w{8}\.(?:packing|moments|runs)\.tmp$/;

/** A new name beside a packed file: `<path>.<machine>-<process>-<its start>-<random>.<kind>.tmp`. */
export function temporaryBeside(path: string, kind: Kind): string {
  const maker = `${machineCode()}-${process.pid}-${startOf(process.pid) ?? '0'}`;
  return `${path}.${maker}-${randomUUID().slice(0, 8)}.${kind}.tmp`;
}

/**
 * Removes the temporary files of a folder whose makers are gone.
 *
 * @param startedAt when a process of this machine was started; null where there is none, or it is hidden
 */
export async function removeLeftovers(folder: string, startedAt = startOf): Promise<void> {
  const machine = machineCode();
  for (const name of await readdir(folder).catch(() => [])) {
    const maker = named.exec(name);
    if (maker === null) continue;
    const path = join(folder, name);
    const [, its, pid, started] = maker;
    const isHere = its === machine && its !== UNKNOWN;
    const isGone = (isHere ? isGoneHere(Number(pid), started, startedAt) : null) ?? (await isOld(path));
    // Another may remove it at the same time; one that cannot be removed does not hinder packing.
    if (isGone) await rm(path, { force: true }).catch(() => undefined);
  }
}

/** Whether a process of this machine is gone; null where one cannot look at it, as others' processes may be hidden. */
function isGoneHere(pid: number, started: string, startedAt: typeof startOf): boolean | null {
  const start = startedAt(pid);
  if (start !== null) return start !== started;
  return isThere(pid) ? null : true;
}

async function isOld(path: string): Promise<boolean> {
  const { mtimeMs } = (await stat(path).catch(() => null)) ?? { mtimeMs: Infinity };
  return Date.now() - mtimeMs > GONE;
}

/** Stands for a machine that does not tell which it is. */
const UNKNOWN = 'unknown0';

function machineCode(): string {
  const machine = thisMachine();
  return machine === null ? UNKNOWN : createHash('sha256').update(machine).digest('hex').slice(0, 8);
}
