// What cells are called: names that people can read, that name folders, and that stay when the study is read again.
import { createHash } from 'node:crypto';
import { canonical } from '../../shared/canonical.js';
import { shortNames } from '../../shared/shortNames.js';
import type { Settings } from './study.js';

/** Longer names are cut and end with a hash. */
const longestName = 80;

/** A level as text: `4`, `max`, `{"name":"eca","kernelSize":3}`; a mapping of a name alone is that name. */
export function levelText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (isMapping(value)) {
    const { name, ...options } = value;
    if (typeof name === 'string' && Object.keys(options).length === 0) return name;
  }
  return JSON.stringify(value);
}

/**
 * Names for the settings of cells: `ratio=2,squeeze=max`, and `base` for none. A key is called by its short name.
 *
 * @param keys all keys that any of the cells sets
 */
export function nameSettings(all: readonly Settings[], keys: readonly string[]): string[] {
  const labels = shortNames(keys);
  const plain = all.map((settings) => {
    const parts = Object.entries(settings).map(
      ([key, value]) => `${labels.get(key) ?? key}=${folderText(value)}`,
    );
    return parts.length === 0 ? 'base' : parts.join(',');
  });
  // Some file systems do not tell large letters from small ones.
  const uses = new Map<string, number>();
  for (const name of plain) uses.set(name.toLowerCase(), (uses.get(name.toLowerCase()) ?? 0) + 1);
  return plain.map((name, i) => {
    if (uses.get(name.toLowerCase()) === 1 && name.length <= longestName) return name;
    const hash = createHash('sha256').update(canonical(all[i])).digest('hex').slice(0, 8);
    return `${name.slice(0, longestName - hash.length - 1)}-${hash}`;
  });
}

/** A value in letters that any file system takes. */
function folderText(value: unknown): string {
  return levelText(value)
    .replace(/"name":|^[[{]/g, '')
    .replace(/[^\p{L}\p{N}_.+-]+/gu, '-')
    .replace(/^-(?!\d)|-$/g, '');
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
