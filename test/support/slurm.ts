// A SLURM of one node for the tests of a file, started before them and ended after them.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf } from '../../src/shared/errors.js';

export interface Cluster {
  /** Runs a command of SLURM and gives its standard output. */
  readonly slurm: (command: string, ...args: string[]) => string;
  readonly stop: () => void;
}

/** Why there can be no cluster here; null where there can. */
export function whyNoCluster(): string | null {
  if (process.env.CI !== 'true' && process.env.MASQ_TEST_SLURM !== '1')
    return 'they start daemons and take minutes, so they run in CI and where MASQ_TEST_SLURM=1 asks for them';
  if (process.getuid?.() !== 0) return 'SLURM for tests is started as root, and this is another user';
  if (['slurmctld', 'slurmd', 'munged'].every(isInstalled)) return null;
  if (!isInstalled('apt-get')) return 'SLURM is not installed, and there is no apt-get to install it with';
  // On a machine for other work its services would be started for good.
  return existsSync('/run/systemd/system') ? 'SLURM is not installed: apt-get install slurm-wlm munge' : null;
}

/** Starts SLURM, and sets SLURM_CONF so that its commands find it. Where it is not installed, it is, in some 10 s. */
export async function startCluster(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'masq-slurm-'));
  const stop = (): void => {
    // What runs still would write into folders that are being removed.
    spawnSync('scancel', ['--signal=KILL', '--full', '--user=root'], { timeout: 10_000 });
    for (const name of ['slurmd', 'slurmctld', 'munged']) end(join(folder, `${name}.pid`));
    rmSync(folder, { recursive: true, force: true });
  };
  process.env.SLURM_CONF = join(folder, 'slurm.conf');
  const [controller, node] = await freePorts();
  const { status, stderr } = spawnSync(
    'bash',
    ['test/support/slurm-up.sh', folder, `${controller}`, `${node}`],
    // Its daemons keep what they inherit.
    { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', timeout: 240_000 },
  );
  if (status !== 0) {
    stop();
    throw new Error(`SLURM does not start: ${stderr}`);
  }
  return { slurm: (command, ...args) => execFileSync(command, args, { encoding: 'utf8' }), stop };
}

function isInstalled(program: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.some((folder) => existsSync(join(folder, program)));
}

/** Ends the process that a file names, and waits until it has. */
function end(pidFile: string): void {
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  try {
    process.kill(pid, 'SIGTERM');
    for (let tries = 0; tries < 100; tries++) {
      process.kill(pid, 0);
      spawnSync('sleep', ['0.1']);
    }
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

async function freePorts(): Promise<number[]> {
  const servers = [createServer(), createServer()];
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, '127.0.0.1', () => {
            resolve((server.address() as AddressInfo).port);
          });
        }),
    ),
  );
  for (const server of servers) server.close();
  return ports;
}
