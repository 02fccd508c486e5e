// Patterns of files (`data/*.csv`), expanded in an order that does not depend on the machine.
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { escapePath, glob, type GlobOptions, globSync, isDynamicPattern } from 'tinyglobby';

/** Whether a name is a pattern: it has `*`, `?`, brackets or braces, and nothing is called so. */
export function isPattern(name: string): boolean {
  return isDynamicPattern(name) && !existsSync(name);
}

/** The files that a pattern matches, or the folders where it ends in `/`; sorted by code unit. Hidden ones only where it names the dot. */
export async function matchesOf(pattern: string): Promise<string[]> {
  return sorted(await glob(pattern, optionsFor(pattern)));
}

/** Whether a pattern matches anything. */
export function matchesAny(pattern: string): boolean {
  return globSync(pattern, optionsFor(pattern)).length > 0;
}

/** The pattern in a folder, whose own name is none. */
export function withFolder(folder: string, pattern: string): string {
  return join(escapePath(folder), pattern);
}

function optionsFor(pattern: string): GlobOptions {
  return {
    absolute: isAbsolute(pattern),
    expandDirectories: false,
    onlyDirectories: pattern.endsWith('/'),
  };
}

function sorted(paths: string[]): string[] {
  return paths.map((path) => path.replace(/\/$/, '')).sort();
}
