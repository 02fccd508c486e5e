// The files of a run: where they are, and how each is written so that a kill never leaves half of one.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { codeOf, messageOf, UserError } from '../shared/errors.js';
import { writeFileAtomic } from '../shared/node/files.js';

/** The files of a run, by what they hold. */
export interface RunDirectory {
  readonly path: string;
  /** The last part of the path. */
  readonly id: string;
  readonly config: string;
  readonly environment: string;
  readonly metrics: string;
  readonly checkpoints: string;
  readonly predictions: string;
  readonly gates: string;
  readonly result: string;
}

export function runDirectory(path: string): RunDirectory {
  return {
    path,
    id: basename(path),
    config: join(path, 'config.yaml'),
    environment: join(path, 'environment.json'),
    metrics: join(path, 'metrics.jsonl'),
    checkpoints: join(path, 'checkpoints'),
    predictions: join(path, 'predictions-test.csv'),
    gates: join(path, 'gates.json'),
    result: join(path, 'result.json'),
  };
}

/** A new id: the time to the second, and a few letters that tell runs of one second apart. */
export function newRunId(now: Date): string {
  const time = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${time}-${randomBytes(2).toString('hex')}`;
}

/**
 * Makes the folder of a new run.
 *
 * @param again whether a run that was killed before it wrote its config may have left something in it
 * @throws UserError when it holds something already
 */
export async function createRunDirectory(path: string, again: boolean): Promise<RunDirectory> {
  const entries = existsSync(path) ? await readdir(path) : [];
  if (entries.includes('config.yaml')) {
    throw new UserError(
      'this folder holds a run already. Go on with it with --resume, or name another folder.',
      {
        file: path,
      },
    );
  }
  const foreign = entries.filter((name) => !again || !/^(environment\.json|config\.yaml\.)/.test(name));
  if (foreign.length > 0) {
    throw new UserError(`this folder is not empty: it holds ${foreign[0]}. Name a new one for the run.`, {
      file: path,
    });
  }
  await mkdir(path, { recursive: true });
  return runDirectory(path);
}

/**
 * Removes the folders that were made for a run which ended before it wrote anything.
 *
 * @param firstMade the outermost one that did not exist before, or undefined when all did
 */
export async function removeIfEmpty(path: string, firstMade: string | undefined): Promise<void> {
  if (firstMade === undefined) return;
  const outermost = resolve(firstMade);
  try {
    for (let folder = resolve(path); folder.startsWith(outermost); folder = dirname(folder)) {
      await rmdir(folder);
    }
  } catch (error) {
    // It holds something, or has gone already.
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error) ?? '')) throw error;
  }
}

/** Removes what a kill left of files that were being written. */
export async function removeTemporaryFiles(run: RunDirectory): Promise<void> {
  for (const name of await readdir(run.path)) {
    if (name.endsWith('.tmp')) await rm(join(run.path, name), { force: true });
  }
}

/**
 * The folder of a run that exists.
 *
 * @throws UserError when it is none
 */
export function openRunDirectory(path: string): RunDirectory {
  const run = runDirectory(path);
  if (!existsSync(path))
    throw new UserError('there is no such folder; expected a run directory.', { file: path });
  if (!existsSync(run.config)) {
    throw new UserError('this is no run directory: it holds no config.yaml.', { file: path });
  }
  return run;
}

/** Adds one line to `metrics.jsonl`. */
export async function appendMetrics(run: RunDirectory, record: object): Promise<void> {
  const file = await open(run.metrics, 'a');
  try {
    await file.appendFile(`${JSON.stringify(record)}\n`);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Drops what was written of epochs after the checkpoint that a run goes on from, a half-written line included. */
export async function keepMetricsUntil(run: RunDirectory, epoch: number): Promise<void> {
  const records = existsSync(run.metrics) ? await readJsonLines(run.metrics, (value) => value) : [];
  const kept = records.filter((record) => (record as { epoch: number }).epoch <= epoch);
  await writeFileAtomic(run.metrics, kept.map((record) => `${JSON.stringify(record)}\n`).join(''));
}

export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** @throws UserError when the file is missing or damaged */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new UserError(`this file cannot be read: ${messageOf(error)}.`, { file: path }, { cause: error });
  }
}

/**
 * The lines of a file, each a JSON value as `parse` understands it. A last line without its line break is left out: it is only half
 * written.
 *
 * @throws UserError that names the line when it is damaged, or the file when it is missing
 */
export async function readJsonLines<Value>(path: string, parse: (value: unknown) => Value): Promise<Value[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UserError(`this file cannot be read: ${messageOf(error)}.`, { file: path }, { cause: error });
  });
  return text
    .split('\n')
    .slice(0, -1)
    .map((line, i) => {
      try {
        return parse(JSON.parse(line));
      } catch (error) {
        const message = `this line is damaged: ${messageOf(error)}.`;
        throw new UserError(message, { file: path, line: i + 1 }, { cause: error });
      }
    });
}
