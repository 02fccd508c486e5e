// The folder that a study keeps of each of its job arrays, `slurm/array-<n>/`: which trials it trains, the batch script, and a
// log for each task. It is on disk before the array is submitted, so that whoever goes on with the study finds its jobs.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { checkContent } from '../../shared/checkValue.js';
import { writeFileAtomic } from '../../shared/node/files.js';
import { codeOf } from '../../shared/errors.js';
import { readJson, writeJson } from '../../track/index.js';
import type { Trial } from '../study/study.js';

const listSchema = z.object({
  /** Of the job, by which its tasks are found in the queue. */
  name: z.string(),
  device: z.enum(['cpu', 'gpu']),
  threads: z.number(),
  /** A task's index is its place here. */
  tasks: z.array(
    z.object({ cell: z.string(), seed: z.number(), directory: z.string(), config: z.unknown() }),
  ),
});

/** `tasks.json`. Directories are relative to the study. */
export type TaskList = z.infer<typeof listSchema>;

/** A job array, submitted or about to be. */
export interface TrialArray {
  readonly folder: string;
  readonly name: string;
  /** Run directories, by the index of the task. */
  readonly directories: readonly string[];
}

export const slurmFolder = (study: string): string => join(study, 'slurm');
export const scriptOf = ({ folder }: TrialArray): string => join(folder, 'job.sh');
export const logOf = ({ folder }: TrialArray, index: number): string => join(folder, `${index}.log`);
const listOf = (folder: string): string => join(folder, 'tasks.json');

/** Cuts trials into arrays of at most so many tasks, as equal as they can be. */
export function planArrays<T>(trials: readonly T[], most: number): T[][] {
  const arrays = Math.ceil(trials.length / Math.max(1, most));
  const size = Math.ceil(trials.length / arrays);
  return Array.from({ length: arrays }, (_, i) => trials.slice(i * size, (i + 1) * size)).filter(
    (array) => array.length > 0,
  );
}

/** Makes the folder of a new array. */
export async function createArray(
  study: string,
  trials: readonly Trial[],
  { script, ...resources }: Pick<TaskList, 'device' | 'threads'> & { script: (array: TrialArray) => string },
): Promise<TrialArray> {
  const folder = await newFolder(slurmFolder(study));
  // The study's name for people; the random letters tell it from all other jobs.
  const readable = basename(resolve(study)).replace(/[^\w.-]/g, '-');
  const name = `masq-${readable}-${randomBytes(6).toString('hex')}`;
  const array: TrialArray = { folder, name, directories: trials.map(({ directory }) => resolve(directory)) };
  const tasks = trials.map(({ cell, seed, directory, config }) => ({
    ...{ cell: cell.id, seed, directory: relative(study, directory) },
    config,
  }));
  await writeFileAtomic(scriptOf(array), script(array));
  await writeJson(listOf(folder), { name, ...resources, tasks } satisfies TaskList);
  return array;
}

/** The arrays of a study that may have tasks in the queue. */
export async function readArrays(study: string): Promise<TrialArray[]> {
  const folder = slurmFolder(study);
  const names = existsSync(folder) ? await readdir(folder) : [];
  const folders = names.filter((name) => /^array-\d+$/.test(name)).map((name) => join(folder, name));
  const lists = await Promise.all(
    folders.map(async (path) => (existsSync(listOf(path)) ? { path, list: await readTaskList(path) } : [])),
  );
  return lists.flat().map(({ path, list: { name, tasks } }) => ({
    folder: path,
    name,
    directories: tasks.map(({ directory }) => resolve(study, directory)),
  }));
}

export async function readTaskList(folder: string): Promise<TaskList> {
  return checkContent(listSchema, await readJson(listOf(folder)), listOf(folder));
}

/** Marks an array as ended: a task of it that begins after all finds nothing to do. Logs and script stay. */
export async function closeArray({ folder }: TrialArray): Promise<void> {
  await rm(listOf(folder), { force: true });
}

async function newFolder(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  const numbers = (await readdir(parent)).map((name) => Number(/^array-(\d+)$/.exec(name)?.[1] ?? 0));
  for (let number = Math.max(0, ...numbers) + 1; ; number++) {
    const folder = join(parent, `array-${number}`);
    try {
      await mkdir(folder);
      return folder;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
}
