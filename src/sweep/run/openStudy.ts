// The folder of a study: a new one, or one that was begun before and goes on, perhaps with more seeds or cells.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UserError } from '../../shared/errors.js';
import { writeFileAtomic } from '../../shared/node/files.js';
import { checkOutputFolder } from '../../shared/node/outputFolder.js';
import { lockFolder, removeIfEmpty } from '../../track/index.js';
import { formatStudy, readStudy } from '../study/loadStudy.js';
import { acquireLease, isLease, keepRenewing, type Holder } from './lease.js';
import { studyDirectory, type Study, type StudyDirectory, type Trial } from '../study/study.js';
import { differenceFrom, trialsOf } from '../study/trials.js';

/** A study whose folder no other sweep writes to, of this machine or another one that shares the folder. */
export interface OpenStudy {
  readonly directory: StudyDirectory;
  readonly study: Study;
  readonly trials: readonly Trial[];
  /** Aborted when another machine has taken the folder, as it had heard nothing from this one for a minute. */
  readonly lost: AbortSignal;
  /** Lets other sweeps have the folder. */
  readonly close: () => Promise<void>;
  /** Removes the `study.yaml` that was written here, where the study cannot begin after all: the folder stays free for another. */
  readonly forget: () => Promise<void>;
}

export interface OpenStudyOptions {
  /** Default: `studies/<name>`. */
  readonly directory: string | undefined;
  /** Whether to go on with the study in the folder; without one there, it is begun. */
  readonly resume: boolean;
  /** Hears why it takes a minute, where a sweep of another machine may still have the folder. */
  readonly onWait?: (message: string) => void;
}

/**
 * Opens the folder of a study, locks it and writes `study.yaml`.
 *
 * @param study null with `resume`: the one in the folder
 * @throws UserError when the folder holds another study, or something else, or another sweep has it
 */
export async function openStudy(
  study: Study | null,
  { directory: path, resume, onWait = () => undefined }: OpenStudyOptions,
): Promise<OpenStudy> {
  const directory = studyDirectory(path ?? defaultDirectory(needed(study)));
  if (study === null) await readStudy(directory.path);
  await checkOutputFolder(directory.path);
  const firstMade = await mkdir(directory.path, { recursive: true });
  // Before anything is written to a folder that may be somebody's own.
  await checkFolder(directory, resume);
  const unlock = await lock(directory.path);
  const lost = new AbortController();
  const release = await hold(directory, { lost, onWait }).catch((error: unknown) => {
    unlock();
    throw error;
  });
  const close = async (): Promise<void> => {
    await release();
    if (!existsSync(directory.study)) await rm(directory.lease, { recursive: true, force: true });
    await removeIfEmpty(directory.path, firstMade);
    unlock();
  };
  try {
    // Another machine may have begun a study in the meantime.
    await checkFolder(directory, resume);
    await removeTemporaryFiles(directory);
    const isNew = !existsSync(directory.study);
    const opened = isNew ? await begin(directory, needed(study)) : await reopen(directory, study);
    const forget = async (): Promise<void> => {
      if (isNew) await rm(directory.study);
    };
    return {
      directory,
      study: opened,
      trials: trialsOf(opened, directory.path),
      lost: lost.signal,
      close,
      forget,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The folder of a study for which no other is named. */
export function defaultDirectory({ name }: Pick<Study, 'name'>): string {
  return join('studies', name);
}

function needed(study: Study | null): Study {
  if (study === null) throw new UserError('a study file is needed to begin a study.');
  return study;
}

async function lock(path: string): Promise<() => void> {
  try {
    return await lockFolder(path);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`another masq sweep ${inTheWay}`, { file: path }, { cause: error });
  }
}

const inTheWay = 'runs in this folder. Wait for it, end it, or name another folder with --study-dir.';

/** Keeps sweeps of other machines out, which locks of this one do not reach. @returns lets them in */
async function hold(
  { path, lease: folder }: StudyDirectory,
  { lost, onWait }: { lost: AbortController; onWait: (message: string) => void },
): Promise<() => Promise<void>> {
  const named = (holder: Holder | null): string =>
    holder === null ? 'another masq sweep' : `masq sweep, process ${holder.pid} on ${holder.host},`;
  const lease = await acquireLease(folder, {
    onHeld: (holder) => {
      throw new UserError(`${named(holder)} ${inTheWay}`, { file: path });
    },
    onWatch: (holder) => {
      onWait(`${path}: waiting for a minute, to see whether ${named(holder)} still runs.`);
    },
  });
  const stopRenewing = keepRenewing(lease, () => {
    lost.abort(new Error(`Another masq sweep has taken over ${path}.`));
  });
  return async () => {
    stopRenewing();
    await lease.release();
  };
}

/** @throws UserError when the folder is neither empty nor that of a study which is to go on */
async function checkFolder(directory: StudyDirectory, resume: boolean): Promise<void> {
  const { path: file } = directory;
  if (!existsSync(directory.study)) {
    const own = [
      ...(await temporaryFiles(directory)),
      ...((await isLease(directory.lease)) ? [basename(directory.lease)] : []),
    ];
    const others = (await readdir(file)).filter((name) => !own.includes(name));
    if (others.length === 0) return;
    throw new UserError(
      `this folder is not empty: it holds ${others[0]}. Name a new one for the study with --study-dir.`,
      { file },
    );
  }
  const isBegun = existsSync(join(file, 'trials'));
  // Somebody's own file of that name is not to be replaced by the resolved study.
  if (!isBegun && (await readFile(directory.study, 'utf8')) !== formatStudy(await readStudy(file))) {
    throw new UserError(
      'this folder holds a study.yaml that masq did not write. Name another folder for the study with --study-dir.',
      { file },
    );
  }
  if (!resume) {
    throw new UserError(
      'this folder holds a study already. Go on with it with --resume, or name another folder with --study-dir.',
      { file },
    );
  }
}

async function begin(directory: StudyDirectory, study: Study): Promise<Study> {
  await writeFileAtomic(directory.study, formatStudy(study));
  return study;
}

async function reopen(directory: StudyDirectory, study: Study | null): Promise<Study> {
  const before = await readStudy(directory.path);
  if (study === null) return before;
  const difference = differenceFrom(before, study) ?? halvingDifference(before, study);
  if (difference !== null) {
    throw new UserError(
      `this study was begun with another file: ${difference}. Leave the file out to go on with the study as it is, or name ` +
        'another folder with --study-dir.',
      { file: directory.study },
    );
  }
  const resolved = formatStudy(study);
  if (resolved !== formatStudy(before)) await writeFileAtomic(directory.study, resolved);
  return study;
}

/** A study with halving cannot grow: cells that have been ended were not compared with those that would be added. */
function halvingDifference(before: Study, after: Study): string | null {
  if (before.halving === null) return null;
  if (before.compare.baseline !== after.compare.baseline) {
    return 'with halving the baseline stays, since other cells may have been ended, and compare.baseline is another one now';
  }
  for (const key of ['seeds', 'cells'] as const) {
    const [was, is] = [before[key].length, after[key].length];
    if (was !== is) return `with halving a study cannot grow, and it had ${was} ${key} and has ${is} now`;
  }
  return null;
}

/** Removes what a kill left of a study.yaml that was being written. */
async function removeTemporaryFiles(directory: StudyDirectory): Promise<void> {
  for (const name of await temporaryFiles(directory)) await rm(join(directory.path, name), { force: true });
}

async function temporaryFiles({ path }: StudyDirectory): Promise<string[]> {
  return (await readdir(path)).filter((name) => /^study\.yaml\..*\.tmp$/.test(name));
}
