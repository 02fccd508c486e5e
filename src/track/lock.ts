// One process at a time in a run directory. The lock is a socket that the system closes together with its process, so
// that a run that was killed leaves none behind.
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { platform } from 'node:os';
import { codeOf, UserError } from '../shared/errors.js';

/**
 * Keeps other processes of this machine out of a folder until `release` is called or this process ends. It takes
 * sockets in Linux's abstract namespace, named after the folder's inode; on other systems nothing is locked.
 *
 * @returns release
 * @throws UserError when another process has the folder
 */
export async function lockFolder(path: string): Promise<() => void> {
  if (platform() !== 'linux') return () => undefined;
  const { dev, ino } = await stat(path, { bigint: true });
  const server = createServer((socket) => socket.destroy());
  server.listen(`\0masq-${dev}-${ino}`);
  server.unref();
  try {
    await once(server, 'listening');
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    throw new UserError(
      'another process is training in this folder. Wait for it, end it, or name another folder.',
      { file: path },
      { cause: error },
    );
  }
  return () => {
    server.close();
  };
}
