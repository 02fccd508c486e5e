// Which TensorFlow masq uses: the builds it can install, and the machines they are for.
import { arch, platform } from 'node:process';

/** A build of TensorFlow: for processors alone, or for NVIDIA graphics cards too. */
export type Variant = 'cpu' | 'cuda';

/** The version of TensorFlow, the same for every variant. */
export const tensorflowVersion = '2.21.0';

/** What an install of each variant takes on the disk: at most while it runs, and in the end. */
export const diskBytes: Record<Variant, { during: number; after: number }> = {
  cpu: { during: 1.7e9, after: 0.86e9 },
  cuda: { during: 6.5e9, after: 5.4e9 },
};

/** The names pip gives the machines that TensorFlow is built for, by Node's name for them. */
const pipMachines: Partial<Record<string, string>> = { 'linux-x64': 'x86_64', 'linux-arm64': 'aarch64' };

/** The versions of the GNU C library that the wheels are built for, the newest first: pip takes no older one by itself. */
const glibcVersions = ['2_27', '2_25', '2_17', '2_12'];

/** This machine as Node names it, e.g. `linux-x64`. */
export const machine = `${platform}-${arch}`;

/** This machine as pip names it for TensorFlow. Throws where TensorFlow publishes no library for it. */
export function pipPlatform(): string {
  return pipPlatforms()[0];
}

/** All names by which pip may find a wheel for this machine. Throws where TensorFlow publishes no library for it. */
export function pipPlatforms(): string[] {
  const name = pipMachines[machine];
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
  return glibcVersions.map((version) => `manylinux_${version}_${name}`);
}

function usesGlibc(): boolean {
  const report: unknown = process.report.getReport();
  if (typeof report !== 'object' || report === null || !('header' in report)) return false;
  const { header } = report;
  return typeof header === 'object' && header !== null && 'glibcVersionRuntime' in header;
}
