// The folder `mlflow/` of a run or a study: who it is to MLflow, what it tells, and what of that the server has.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { codeOf, messageOf, UserError } from '../../shared/errors.js';
import { writeFileAtomic } from '../../shared/node/files.js';
import { lockFolder } from '../lock.js';
import { readOutbox } from './outbox.js';
import type { Target } from './target.js';

export interface MlflowFolder {
  /** The run or study. */
  readonly directory: string;
  readonly path: string;
  readonly identity: string;
  readonly outbox: string;
  readonly sent: string;
}

export function mlflowFolder(directory: string): MlflowFolder {
  const path = join(directory, 'mlflow');
  return {
    directory,
    path,
    identity: join(path, 'run.json'),
    outbox: join(path, 'outbox.jsonl'),
    sent: join(path, 'sent.json'),
  };
}

const identitySchema = z.object({
  /** Found again on the server by it, as the tag `masq.run`. */
  uuid: z.string(),
  kind: z.enum(['run', 'study']),
  name: z.string(),
  uri: z.string(),
  experiment: z.string(),
  /** When it was begun, in milliseconds since 1970. */
  started: z.int(),
  /** The folder of its study, from its own; null for a run by itself. */
  study: z.string().nullable(),
});

/** Who a run or study is to MLflow. */
export type Identity = z.output<typeof identitySchema>;

const sentSchema = z.object({
  /** The server that has it. */
  uri: z.string(),
  run: z.string(),
  /** The run of its study that it is known to belong to. */
  parent: z.string().nullable(),
  /** Up to where in the outbox everything is sent. */
  position: z.int(),
  /** SHA-256 of each artifact. */
  artifacts: z.record(z.string(), z.string()),
  /** What the server would not take. */
  refused: z.array(z.string()),
});

/** What the server has. */
export type Sent = z.output<typeof sentSchema>;

/** Null where there is none. @throws Error for a damaged one */
export async function readIdentity({ identity }: MlflowFolder): Promise<Identity | null> {
  return readIfThere(identity, identitySchema);
}

/** Null where nothing is sent yet. @throws Error for a damaged one */
export async function readSent({ sent }: MlflowFolder): Promise<Sent | null> {
  return readIfThere(sent, sentSchema);
}

export async function writeSent({ sent }: MlflowFolder, content: Sent): Promise<void> {
  await writeFileAtomic(sent, JSON.stringify(content));
}

/** The identity of a run or study: a new one, or that which it was begun with, told to a server that may have moved. */
export async function openIdentity(
  folder: MlflowFolder,
  { uri, ...fresh }: Target & Pick<Identity, 'kind' | 'name'>,
): Promise<Identity> {
  const before = await readIdentity(folder);
  const study = studyOf(folder.directory);
  const identity = {
    ...(before ?? { ...fresh, uuid: randomUUID(), started: Date.now() }),
    study: study && relative(folder.directory, study),
    uri,
  };
  await writeFileAtomic(folder.identity, `${JSON.stringify(identity, null, 2)}\n`);
  return identity;
}

/** The study whose trial a run directory is, if the study is told to MLflow: `<study>/trials/<cell>/<seed>`; else null. */
export function studyOf(directory: string): string | null {
  const trials = dirname(dirname(resolve(directory)));
  const study = dirname(trials);
  return basename(trials) === 'trials' && existsSync(mlflowFolder(study).identity) ? study : null;
}

/** The run of the study that a run belongs to, as soon as that server has it. */
export async function parentOf(
  { directory }: MlflowFolder,
  { study }: Identity,
  uri: string,
): Promise<string | null> {
  if (study === null) return null;
  const sent = await readSent(mlflowFolder(join(directory, study)));
  return sent?.uri === uri ? sent.run : null;
}

/**
 * Keeps other processes of this machine from sending what is in the outbox.
 *
 * @returns release
 * @throws Error when another one is at it
 */
export async function lockOutbox({ path }: MlflowFolder): Promise<() => void> {
  try {
    return await lockFolder(path);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new Error('another process sends it', { cause: error });
  }
}

/** Whether the server has everything that was told. */
export async function isSent(folder: MlflowFolder): Promise<boolean> {
  const [identity, sent] = [await readIdentity(folder), await readSent(folder)];
  if (identity === null || sent === null) return false;
  if (identity.study !== null && sent.parent === null) return false;
  return sent.position >= (await readOutbox(folder.outbox, sent.position)).end;
}

async function readIfThere<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema> | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${path} is damaged: ${messageOf(error)}`, { cause: error });
  }
}
