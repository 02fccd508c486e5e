// The run directory that training writes to: a new one, or one that was begun before.
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../shared/errors.js';
import { firstDifference } from '../shared/firstDifference.js';
import { checkOutputFolder } from '../shared/node/outputFolder.js';
import {
  createRunDirectory,
  lockFolder,
  newRunId,
  openRunDirectory,
  readJson,
  removeIfEmpty,
  removeTemporaryFiles,
  type RunDirectory,
} from '../track/index.js';
import { loadConfig, type Config } from './config.js';
import type { Environment } from './environment.js';

/** A run directory that this process alone writes to. */
export interface OpenRun {
  readonly run: RunDirectory;
  readonly config: Config;
  /** What the run was begun with; null for a new one. */
  readonly environment: Environment | null;
  readonly finished: boolean;
  /** Lets other processes write to it again; removes it when it was made here and holds nothing. */
  readonly close: () => Promise<void>;
}

/**
 * Opens a run directory and locks it.
 *
 * @param config null with `resume`: the run's own
 * @throws UserError when the folder is not fit for the run, or another process trains in it
 */
export async function openRun(
  config: Config | null,
  { runDirectory, resume = false }: { runDirectory?: string | undefined; resume?: boolean | undefined },
): Promise<OpenRun> {
  if (resume && runDirectory === undefined) {
    throw new UserError('--resume needs --run-dir DIR: the run to go on with.');
  }
  const path = runDirectory ?? join('runs', needed(config).name, newRunId(new Date()));
  if (config === null) openRunDirectory(path);
  // The result of a finished run may be read where nothing may be written.
  if (!existsSync(join(path, 'result.json'))) await checkOutputFolder(path);
  const firstMade = config === null ? undefined : await mkdir(path, { recursive: true });
  const release = await lockFolder(path);
  const close = async (): Promise<void> => {
    await removeIfEmpty(path, firstMade);
    release();
  };
  try {
    // A run that was killed before it wrote its config has nothing to go on with, and begins anew.
    const begun = resume && (config === null || existsSync(join(path, 'config.yaml')));
    const opened = begun ? await reopen(path, config) : await begin(path, needed(config), resume);
    await removeTemporaryFiles(opened.run);
    return { ...opened, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function needed(config: Config | null): Config {
  if (config === null) throw new UserError('a config is needed to begin a run.');
  return config;
}

async function begin(path: string, config: Config, again: boolean): Promise<Omit<OpenRun, 'close'>> {
  const run = await createRunDirectory(path, again);
  return { run, config, environment: null, finished: false };
}

async function reopen(path: string, config: Config | null): Promise<Omit<OpenRun, 'close'>> {
  const run = openRunDirectory(path);
  const own = await loadConfig(run.config);
  const difference = config === null ? null : firstDifference(own, config);
  if (difference !== null) {
    throw new UserError(
      `this run was begun with another config: ${difference}. Leave the config out to go on with the run as ` +
        'it is, or begin a new one.',
      { file: run.config },
    );
  }
  const environment = (await readJson(run.environment)) as Environment;
  return { run, config: own, environment, finished: existsSync(run.result) };
}
