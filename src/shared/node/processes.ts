// Processes by what names them for good, so that one can tell later whether the maker of a file still lives.
import { readFileSync, readlinkSync } from 'node:fs';
import { codeOf } from '../errors.js';

/** This boot of this host, or of this container on it: within it a process can be looked up by its number. Null on systems that do not tell. */
export function thisMachine(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

/** When a process was started, in the units of the kernel, as numbers of processes are used again; null when there is none, or it is hidden. */
export function startOf(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // `<pid> (<name>) <state> …`: the name may hold anything, and the start is the 20th field after it.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return null;
  }
}

/** Whether there is a process of this number, whosever it is. */
export function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}
