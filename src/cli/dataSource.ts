// What the data of a command are: files as they are named, or those of a config.
import type { Preparation, ReadOptions } from '../data/index.js';
import { UserError } from '../shared/errors.js';
import { loadConfig, testFiles } from '../train/index.js';

/** Data files, and how they are read and prepared. */
export interface DataSource {
  /** As the user or the config names them: files, folders, tables, patterns. */
  readonly train: readonly string[];
  /** Test data that have files of their own; none without a config. */
  readonly test: readonly string[];
  readonly columns: ReadOptions['columns'];
  readonly format: ReadOptions['format'];
  /** Null where no config says. */
  readonly preparation: Preparation | null;
  /** The config; null where data files are named. */
  readonly config: string | null;
}

const CONFIG = /\.(?:ya?ml|json)$/i;

/**
 * @param files one config, or data files
 * @throws UserError where a config is named beside others, or cannot be read
 */
export async function dataSource(files: readonly string[]): Promise<DataSource> {
  const config = files.find((file) => CONFIG.test(file)) ?? null;
  if (config === null) {
    return {
      ...{ train: files, test: [], columns: undefined, format: undefined },
      preparation: null,
      config,
    };
  }
  if (files.length > 1) {
    throw new UserError(
      'a config says itself which data are meant: name the config alone, or data files alone.',
      { file: config },
    );
  }
  const { data } = await loadConfig(config);
  const { columns, format } = data;
  return {
    ...{ train: [data.train].flat(), test: testFiles(data), columns, format },
    preparation: data,
    config,
  };
}
