// Which TensorFlow masq uses: the builds it can install, and which of them suits this machine.
import { existsSync } from 'node:fs';
import { arch, platform } from 'node:process';

/** A build of TensorFlow: for processors alone, or for NVIDIA graphics cards too. */
export type Variant = 'cpu' | 'cuda';

/** The version of TensorFlow, the same for every variant. */
export const tensorflowVersion = '2.21.0';

/** What pip downloads for each variant. */
export const variants: Record<Variant, { wheel: string; extra: string | null; diskBytes: number }> = {
  cpu: { wheel: 'tensorflow-cpu', extra: null, diskBytes: 1.7e9 },
  // The extra of the TensorFlow wheel that names NVIDIA's libraries.
  cuda: { wheel: 'tensorflow', extra: 'and-cuda', diskBytes: 12e9 },
};

/** The names pip gives the machines that TensorFlow is built for, by Node's name for them. */
const pipPlatforms: Partial<Record<string, string>> = {
  'linux-x64': 'manylinux_2_27_x86_64',
  'linux-arm64': 'manylinux_2_27_aarch64',
};

/** This machine as Node names it, e.g. `linux-x64`. */
export const machine = `${platform}-${arch}`;

/** This machine as pip names it. Throws where TensorFlow publishes no library for it. */
export function pipPlatform(): string {
  const name = pipPlatforms[machine];
  if (name === undefined) {
    throw new Error(
      `TensorFlow ${tensorflowVersion} cannot be installed on ${machine}: masq's engine needs Linux on x64 or arm64.`,
    );
  }
  if (!usesGlibc()) {
    throw new Error(
      `TensorFlow ${tensorflowVersion} cannot be installed here: it needs the GNU C library (Debian, Ubuntu, ` +
        `Fedora, …), and this system uses another one.`,
    );
  }
  return name;
}

/** The variant for this machine: CUDA where an NVIDIA driver is present. */
export function suitableVariant(): Variant {
  return hasNvidiaDriver() ? 'cuda' : 'cpu';
}

/** Whether the kernel driver of an NVIDIA card is loaded; the second path is the one under WSL. */
export function hasNvidiaDriver(): boolean {
  return existsSync('/proc/driver/nvidia/version') || existsSync('/usr/lib/wsl/lib/libcuda.so.1');
}

function usesGlibc(): boolean {
  const report: unknown = process.report.getReport();
  if (typeof report !== 'object' || report === null || !('header' in report)) return false;
  const { header } = report;
  return typeof header === 'object' && header !== null && 'glibcVersionRuntime' in header;
}
