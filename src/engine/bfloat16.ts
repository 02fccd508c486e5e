// Whether a device computes in bfloat16 by instructions of its own. Without them TensorFlow imitates it: slower than
// float32, and less exact, since sums are rounded too.
import { readFileSync } from 'node:fs';
import { messageOf } from '../shared/errors.js';
import { cardOf } from './cards.js';
import { probeDriver, type DriverProbe } from './driver.js';
import type { DeviceName } from './load.js';

/** What the machine says about itself; tests say something else. */
export interface MachineReports {
  /** `process.arch`. */
  readonly architecture: string;
  /** The text of /proc/cpuinfo. Throws where there is none. */
  readonly cpuinfo: () => string;
  readonly driver: () => DriverProbe;
}

export interface Bfloat16Support {
  readonly supported: boolean;
  /** Why not, in one sentence; null when it is supported. */
  readonly reason: string | null;
}

const yes: Bfloat16Support = { supported: true, reason: null };

/** Whether `device` (`cpu`, `gpu` or `gpu:N`, as an engine names it) computes in bfloat16, or why not. */
export function bfloat16Support(device: DeviceName, machine: MachineReports = thisMachine): Bfloat16Support {
  try {
    return device === 'cpu' ? ofProcessor(machine) : ofCard(device, machine.driver());
  } catch (error) {
    return no(`Whether ${device} computes in bfloat16 cannot be found out: ${messageOf(error).trim()}.`);
  }
}

function ofProcessor({ architecture, cpuinfo }: MachineReports): Bfloat16Support {
  if (process.env.TF_ENABLE_ONEDNN_OPTS === '0') {
    return no('TF_ENABLE_ONEDNN_OPTS=0 turns off the part of TensorFlow that uses bfloat16 instructions.');
  }
  if (architecture !== 'x64') {
    return no(
      `masq uses bfloat16 on x64 processors and on graphics cards only, and this one is ${architecture}.`,
    );
  }
  const text = cpuinfo();
  const flags = new Set(/^flags\s*:(.*)$/m.exec(text)?.[1].trim().split(/\s+/));
  if (flags.has('avx512_bf16') || flags.has('amx_bf16')) return yes;
  const model = /^model name\s*:\s*(.+)$/m.exec(text)?.[1].trim() ?? 'The processor';
  return no(`${model} has no bfloat16 instructions (avx512_bf16 or amx_bf16).`);
}

function ofCard(device: DeviceName, probe: DriverProbe): Bfloat16Support {
  const card = cardOf(device, probe);
  if (card === null) {
    return no(
      `Whether ${device} computes in bfloat16 cannot be found out: ${probe.smiProblem ?? 'nvidia-smi does not list it'}.`,
    );
  }
  if (Number.parseFloat(card.computeCapability) >= 8) return yes;
  return no(`${device} has compute capability ${card.computeCapability}, bfloat16 needs 8.0 or more.`);
}

function no(reason: string): Bfloat16Support {
  return { supported: false, reason };
}

const thisMachine: MachineReports = {
  architecture: process.arch,
  cpuinfo: () => readFileSync('/proc/cpuinfo', 'utf8'),
  driver: probeDriver,
};
