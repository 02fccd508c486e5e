// Where masq keeps what outlives a clone, and where masq itself is.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The cache folder: `$MASQ_CACHE`, else `$XDG_CACHE_HOME/masq`, else `~/.cache/masq`. */
export function cacheFolder(): string {
  const { MASQ_CACHE, XDG_CACHE_HOME } = process.env;
  if (MASQ_CACHE) return MASQ_CACHE;
  return join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'masq');
}

/** The folder that holds masq's package.json, from the sources as well as from the build. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}
