// One process of this machine at a time for a name. The lock is a socket that the system closes together with its process, so that a
// process that was killed leaves none behind.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { platform } from 'node:os';
import { codeOf } from '../errors.js';

/**
 * Takes a name until `release` is called or this process ends. It takes sockets in Linux's abstract namespace; on other systems nothing
 * is locked.
 *
 * @param name at most 100 characters
 * @returns release, or null where another has the name
 */
export async function takeName(name: string): Promise<(() => void) | null> {
  if (platform() !== 'linux') return () => undefined;
  const server = createServer((socket) => socket.destroy());
  server.listen(`\0${name}`);
  server.unref();
  try {
    await once(server, 'listening');
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    return null;
  }
  return () => {
    server.close();
  };
}
