// What the data of a command are: files as they are named, or those of a config.
import { readFile, stat } from 'node:fs/promises';
import type { ReadOptions } from '../data/index.js';
import { UserError } from '../shared/errors.js';
import { completedByPacked, type Config, loadConfig, testFiles } from '../train/index.js';

/** Data files, and how they are read and prepared. */
export interface DataSource {
  /** As the user or the config names them: files, folders, tables, patterns. */
  readonly train: readonly string[];
  /** Test data that have files of their own; none without a config. */
  readonly test: readonly string[];
  readonly columns: ReadOptions['columns'];
  readonly format: ReadOptions['format'];
  /** The config, by its name and itself; null where data files are named. */
  readonly config: string | null;
  readonly resolved: Config | null;
}

/**
 * @param files one config, and values that replace those in it (`key.path=value`), or data files
 * @param format of data files; then a `.json` file is one
 * @throws UserError where a config is named beside others, or cannot be read
 */
export async function dataSource(
  files: readonly string[],
  format: ReadOptions['format'],
): Promise<DataSource> {
  const areConfigs = await Promise.all(files.map((file) => isConfig(file, format)));
  const config = files.find((_, i) => areConfigs[i]) ?? null;
  if (config === null) {
    return { train: files, test: [], columns: undefined, format, config, resolved: null };
  }
  const overrides = files.filter((file) => file !== config);
  if (!overrides.every((file) => /^[\w.]+=/.test(file))) {
    throw new UserError(
      'a config says itself which data are meant: name the config alone, with key.path=value to change it, or data files alone.',
      { file: config },
    );
  }
  const resolved = await completedByPacked(await loadConfig(config, overrides));
  const { data } = resolved;
  return {
    ...{
      train: [data.train].flat(),
      test: testFiles(data),
      columns: data.columns,
      format: format ?? data.format,
    },
    ...{ config, resolved },
  };
}

/** Bytes; what is longer is data. */
const LONGEST_CONFIG = 1 << 20;

/** By its name, where that is of YAML; JSON may be data, of a form that is told to whoever reads them. */
async function isConfig(file: string, format: ReadOptions['format']): Promise<boolean> {
  if (/\.ya?ml$/i.test(file)) return true;
  if (!/\.json$/i.test(file) || format !== undefined) return false;
  const { size } = await stat(file).catch(() => ({ size: Infinity }));
  if (size > LONGEST_CONFIG) return false;
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return false;
  const whole = parsed(text);
  // A config with a mistake in it, unless it is JSON lines.
  if (whole === undefined) return parsed(text.trimStart().split('\n', 1)[0]) === undefined;
  return isMapping(whole) && 'data' in whole && !Array.isArray(whole.data);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What JSON stands for; undefined where it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
