// A cache folder of a test's own, so that what it packs is not left in the user's. The engine is that of the real one.
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, vi } from 'vitest';
import { cacheFolder } from '../../src/shared/node/paths.js';

/** Makes `cache` in a folder the cache of all tests of the file, and of the processes that they start. Returns its path. */
export function useOwnCache(folder: string): string {
  const own = join(folder, 'cache');
  mkdirSync(own, { recursive: true });
  beforeAll(() => {
    symlinkSync(join(cacheFolder(), 'engine'), join(own, 'engine'));
    vi.stubEnv('MASQ_CACHE', own);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });
  return own;
}
