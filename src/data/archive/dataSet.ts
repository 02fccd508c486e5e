// Gets a data set of the UCR/UEA archive into a folder: downloaded, checked, and put there whole or not at all.
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, isDiskFull, UserError } from '../../shared/errors.js';
import { didYouMean } from '../../shared/nearest.js';
import { syncFolder } from '../../shared/node/files.js';
import { describeFile, type FileDescription } from '../describe.js';
import { FatalProblem } from '../read/problems.js';
import { archiveNames } from './names.js';
import { downloadFile, NotThereError, type DownloadOptions } from './resumable.js';
import { unpackDataSet } from './unpack.js';

/** Where the archive has its data sets, each as `NAME.zip`. */
export const archiveAddress = 'https://www.timeseriesclassification.com/aeon-toolkit';

export interface DataSetOptions extends DownloadOptions {
  /** The folder in which that of the data set is made. Default: `data`. */
  readonly folder?: string | undefined;
  /** Where `NAME.zip` is. Default: `archiveAddress`. */
  readonly url?: string | undefined;
  /** Whether files that are there already are replaced. Default: false. */
  readonly force?: boolean | undefined;
}

/** A data set that is there. */
export interface DataSet {
  /** Its folder, `data/NAME`. */
  readonly folder: string;
  /** What is in `NAME_TRAIN.ts` and in `NAME_TEST.ts`, with the problems that reading them met. */
  readonly train: FileDescription;
  readonly test: FileDescription;
  /** Whether it was there already, and nothing was downloaded. */
  readonly existed: boolean;
}

/**
 * Downloads `NAME.zip` and puts `NAME_TRAIN.ts` and `NAME_TEST.ts` into `data/NAME`. Until all of it is there and its checksums are right,
 * it lies in `data/NAME.part`, and a later call goes on with what an interrupted one left there.
 *
 * @throws UserError where there is no such data set, or the folder holds one of its files but not the other
 * @throws Error where the server cannot be reached, the disk is full, or what arrived is damaged, which is removed then
 * @throws the reason of the signal when it is aborted
 */
export async function downloadDataSet(name: string, options: DataSetOptions = {}): Promise<DataSet> {
  const { folder: parent = 'data', force = false } = options;
  checkName(name);
  const url = addressOf(name, options.url ?? archiveAddress);
  const folder = join(parent, name);
  if (!force && isThere(folder, name)) return { ...(await describeParts(folder, name)), existed: true };
  const work = `${folder}.part`;
  try {
    await mkdir(work, { recursive: true });
    await fetchInto(work, name, url, options);
    await putInPlace(join(work, 'files'), folder);
    await rm(work, { recursive: true });
    await syncFolder(parent);
  } catch (error) {
    if (isDiskFull(error)) {
      throw new Error(
        `The disk of ${parent} is full. Make room, and run the command again: it goes on from there.`,
        {
          cause: error,
        },
      );
    }
    if (['EEXIST', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS'].includes(codeOf(error) ?? '')) {
      throw new UserError(`${folder} cannot be written to (${codeOf(error) ?? ''}).`, {}, { cause: error });
    }
    throw error;
  }
  return { ...(await describeParts(folder, name)), existed: false };
}

/** Downloads the archive into the working folder and unpacks it to `files` there. */
async function fetchInto(work: string, name: string, url: string, options: DataSetOptions): Promise<void> {
  const archive = join(work, 'archive.zip');
  const files = join(work, 'files');
  try {
    await downloadFile(url, archive, options);
    await rm(files, { recursive: true, force: true });
    await mkdir(files);
    await unpackDataSet(archive, name, files, options.signal);
  } catch (error) {
    if (error instanceof NotThereError) {
      await rm(work, { recursive: true });
      throw new UserError(`There is no data set at ${url}: ${error.message}.${suggestion(name)}`);
    }
    if (error instanceof FatalProblem) {
      await rm(work, { recursive: true });
      throw new Error(`${url} is not what it should be, and was removed again: ${error.message}`, {
        cause: error,
      });
    }
    throw error;
  }
}

/** A new folder is there with all its files at once; in one that is there, each file is replaced whole. */
async function putInPlace(files: string, folder: string): Promise<void> {
  if (!existsSync(folder)) {
    await rename(files, folder);
    return;
  }
  for (const file of await readdir(files)) await rename(join(files, file), join(folder, file));
  await syncFolder(folder);
}

function isThere(folder: string, name: string): boolean {
  const [train, test] = partsOf(folder, name).map((file) => existsSync(file));
  if (train !== test) {
    const [is, lacks] = train ? ['TRAIN', 'TEST'] : ['TEST', 'TRAIN'];
    throw new UserError(
      `${folder} has ${name}_${is}.ts but no ${name}_${lacks}.ts. --force downloads both and replaces the one.`,
    );
  }
  return train;
}

function partsOf(folder: string, name: string): [train: string, test: string] {
  return [join(folder, `${name}_TRAIN.ts`), join(folder, `${name}_TEST.ts`)];
}

async function describeParts(folder: string, name: string): Promise<Omit<DataSet, 'existed'>> {
  const [train, test] = partsOf(folder, name);
  return { folder, train: await describeFile(train), test: await describeFile(test) };
}

function checkName(name: string): void {
  if (/^[A-Za-z0-9][\w-]*$/.test(name)) return;
  throw new UserError(`"${name}" is no name of a data set, expected one like GunPoint or PEMS-SF.`);
}

function addressOf(name: string, base: string): string {
  if (!/^https?:\/\/[^/]/.test(base) || !URL.canParse(base)) {
    throw new UserError(`"${base}" is no address, expected one like ${archiveAddress}.`);
  }
  return `${base.replace(/\/+$/, '')}/${name}.zip`;
}

function suggestion(name: string): string {
  const guess = archiveNames.includes(name) ? '' : didYouMean(name, archiveNames);
  return guess === ''
    ? ' https://www.timeseriesclassification.com lists those of the UCR/UEA archive.'
    : guess;
}
