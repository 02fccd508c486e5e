// A package index on this machine that serves the real TensorFlow wheel, so that tests of the installation neither
// download it again nor depend on the network. It can stop in the middle of the file.
import { createReadStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { cacheFolder } from '../../src/shared/node/paths.js';
import { runCommand } from '../../src/engine/command.js';
import { pipPlatform, tensorflowVersion } from '../../src/engine/variants.js';

export interface WheelIndex {
  /** What pip must be told, as environment variables. */
  environment: Record<string, string>;
  /** When true, the server sends a tenth of the wheel and then nothing. */
  stalls: boolean;
  close: () => void;
}

/** Starts the index on a free port of this machine. */
export async function startWheelIndex(): Promise<WheelIndex> {
  const wheel = await realWheel();
  const index: WheelIndex = { environment: {}, stalls: false, close: () => undefined };
  const server: Server = createServer((request, response) => {
    if (request.url?.endsWith('.whl') !== true) {
      response.setHeader('content-type', 'text/html');
      response.end(`<a href="/${wheel.name}">${wheel.name}</a>`);
      return;
    }
    const { size } = statSync(wheel.path);
    response.setHeader('content-length', size);
    const end = index.stalls ? Math.floor(size / 10) : size;
    createReadStream(wheel.path, { end: end - 1 }).pipe(response, { end: !index.stalls });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  index.environment = pipEnvironment((server.address() as AddressInfo).port);
  index.close = () => {
    server.close();
    server.closeAllConnections();
  };
  return index;
}

/** Settings that make pip use the index on a port of this machine and nothing else. */
export function pipEnvironment(port: number): Record<string, string> {
  return {
    PIP_CONFIG_FILE: '/dev/null',
    PIP_INDEX_URL: `http://127.0.0.1:${port}/simple`,
    PIP_EXTRA_INDEX_URL: '',
    PIP_FIND_LINKS: '',
    PIP_RETRIES: '1',
    NO_PROXY: '127.0.0.1',
    no_proxy: '127.0.0.1',
  };
}

/** The wheel of TensorFlow for processors, downloaded once and kept in the cache. */
async function realWheel(): Promise<{ name: string; path: string }> {
  const folder = join(cacheFolder(), 'test', `wheels-${tensorflowVersion}`);
  if (!existsSync(folder)) {
    const fresh = `${folder}.${process.pid}`;
    mkdirSync(fresh, { recursive: true });
    const target = [
      '--only-binary=:all:',
      '--no-deps',
      '--python-version',
      '3.12',
      '--platform',
      pipPlatform(),
    ];
    const requirement = `tensorflow-cpu==${tensorflowVersion}`;
    const { status, output } = await runCommand('python3', [
      ...['-m', 'pip', 'download', ...target, '--no-cache-dir', '--dest', fresh, requirement],
    ]);
    if (status !== 0) {
      rmSync(fresh, { recursive: true });
      throw new Error(`pip could not download ${requirement}: ${output}`);
    }
    renameSync(fresh, folder);
  }
  const [name] = readdirSync(folder);
  return { name, path: join(folder, name) };
}
