// Sends what the outbox of a run holds, so that a reader of the server sees it exactly once whatever got lost on the way.
//
// A run is found again by a tag with its own id, so that one whose creation was never confirmed is not made twice. Sending
// the same metric (key, step, time and value), parameter, tag or artifact again changes nothing on the server. So whatever has no answer is
// sent again, and `sent.json` only has to be behind.
import { createHash } from 'node:crypto';
import { artifactsOf } from './artifacts.js';
import { halves, stepsOf } from './batches.js';
import { RefusedError, UnavailableError, type Batch, type MlflowClient, type ServerRun } from './client.js';
import {
  parentOf,
  readIdentity,
  readSent,
  writeSent,
  type Identity,
  type MlflowFolder,
  type Sent,
} from './folder.js';
import { readOutbox } from './outbox.js';

/** The tag by which a run is found again. */
export const identityTag = 'masq.run';
const parentTag = 'mlflow.parentRunId';

/** A run that is on the server. */
export interface Connection {
  /** Sends what is new. @throws UnavailableError; what was sent until then is noted */
  readonly send: () => Promise<void>;
}

/**
 * Finds the run of a folder on a server, or makes it.
 *
 * @param onRefused told of each thing that the server will not take, and which is left out
 * @throws UnavailableError when the server does not answer as it should
 * @throws RefusedError when it does not take the run: it, or its experiment, was deleted there
 */
export async function connect(
  folder: MlflowFolder,
  client: MlflowClient,
  onRefused: (what: string) => void,
): Promise<Connection> {
  const identity = await readIdentity(folder);
  if (identity === null) throw new Error(`${folder.identity} is missing`);
  const before = await readSent(folder);
  const known = before === null ? null : await knownRun(client, before.run);
  const run = known ?? (await findOrCreate(client, folder, identity));
  let sent: Sent =
    before?.run === run.id
      ? { ...before, uri: client.uri }
      : { uri: client.uri, run: run.id, parent: null, position: 0, artifacts: {}, refused: [] };

  const note = async (changes: Partial<Sent>): Promise<void> => {
    sent = { ...sent, ...changes };
    await writeSent(folder, sent);
  };
  const refuse = async (what: string, error: RefusedError): Promise<void> => {
    const reason = `${what}: ${error.message}`;
    if (sent.refused.includes(reason)) return;
    await note({ refused: [...sent.refused, reason] });
    onRefused(reason);
  };

  const logBatch = async (batch: Batch): Promise<void> => {
    try {
      await client.logBatch(run.id, batch);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      if ((await knownRun(client, run.id)) === null) {
        throw new UnavailableError('the run is no longer on the server', { cause: error });
      }
      const parts = halves(batch);
      if (parts === null) await refuse(describe(batch), error);
      for (const part of parts ?? []) await logBatch(part);
    }
  };
  const putArtifacts = async (): Promise<void> => {
    for (const { path, content } of await artifactsOf(folder.directory, identity.kind)) {
      const hash = createHash('sha256').update(content).digest('hex');
      if (sent.artifacts[path] === hash) continue;
      try {
        await client.putArtifact(run, path, content);
        await note({ artifacts: { ...sent.artifacts, [path]: hash } });
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        await refuse(`artifact ${path}`, error);
      }
    }
  };
  const joinStudy = async (): Promise<void> => {
    const study = await parentOf(folder, identity, client.uri);
    if (study === null || study === sent.parent) return;
    await client.logBatch(run.id, { metrics: [], params: [], tags: [{ key: parentTag, value: study }] });
    await note({ parent: study });
  };

  await note({});
  return {
    send: async () => {
      await joinStudy();
      const { lines, end } = await readOutbox(folder.outbox, sent.position);
      for (const step of stepsOf(lines, sent.position)) {
        if ('batch' in step) {
          await logBatch(step.batch);
        } else {
          if (step.status !== 'RUNNING') {
            await putArtifacts();
            await removeTwins(client, identity, run);
          }
          await client.setStatus(run.id, step.status, step.time);
        }
        await note({ position: step.position });
      }
      // After a last line that cannot be read.
      if (sent.position < end) await note({ position: end });
    },
  };
}

/**
 * A run by its id, or null where the server does not know it, as it may be another one than before.
 *
 * @throws RefusedError when it was deleted there
 */
async function knownRun(client: MlflowClient, id: string): Promise<ServerRun | null> {
  const run = await client.getRun(id);
  if (run?.deleted !== true) return run;
  throw new RefusedError(
    `the run ${id} was deleted on the server. Restore it there, or remove the folder mlflow of the run`,
    'DELETED',
  );
}

async function findOrCreate(
  client: MlflowClient,
  folder: MlflowFolder,
  identity: Identity,
): Promise<ServerRun> {
  const experimentId = await client.experimentId(identity.experiment);
  const existing = (await client.findRuns(experimentId, identityTag, identity.uuid)).at(0);
  if (existing !== undefined) return existing;
  const study = await parentOf(folder, identity, client.uri);
  const tags = [
    { key: identityTag, value: identity.uuid },
    ...(study === null ? [] : [{ key: parentTag, value: study }]),
  ];
  return client.createRun({ experimentId, name: identity.name, started: identity.started, tags });
}

/**
 * Deletes runs that were made beside this one: there are some when the server was so slow that a creation which had been given
 * up and the next one both came to pass. Nothing was ever sent to them.
 */
async function removeTwins(client: MlflowClient, { uuid }: Identity, run: ServerRun): Promise<void> {
  for (const { id } of await client.findRuns(run.experimentId, identityTag, uuid)) {
    if (id !== run.id) await client.deleteRun(id);
  }
}

/** What a batch of one entry holds. */
function describe({ metrics, params, tags }: Batch): string {
  const [metric, param, tag] = [metrics.at(0), params.at(0), tags.at(0)];
  if (metric !== undefined) return `metric ${metric.key} of step ${metric.step}`;
  return param === undefined ? `tag ${tag?.key ?? ''}` : `parameter ${param.key}`;
}
