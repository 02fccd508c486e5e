// The REST calls of MLflow that masq needs, and what it means when one of them fails.
import { z } from 'zod';
import { messageOf } from '../../shared/errors.js';
import { artifactPath, type MetricValue } from './names.js';
import { authorization } from './target.js';

/** The server is away, overloaded, or does not answer as MLflow does: the same may succeed later. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

/** The server has understood what it was sent, and does not take it. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

const runSchema = z.object({
  info: z.object({
    run_id: z.string(),
    experiment_id: z.string(),
    artifact_uri: z.string(),
    lifecycle_stage: z.string(),
  }),
});

/** A run as the server knows it. */
export interface ServerRun {
  readonly id: string;
  readonly experimentId: string;
  readonly artifacts: string;
  readonly deleted: boolean;
}

export type RunStatus = 'RUNNING' | 'FINISHED' | 'FAILED' | 'KILLED';

/** At most 1000 metrics, 100 parameters, 100 tags and 1000 of all. */
export interface Batch {
  readonly metrics: readonly { key: string; value: MetricValue; timestamp: number; step: number }[];
  readonly params: readonly { key: string; value: string }[];
  readonly tags: readonly { key: string; value: string }[];
}

export interface NewRun {
  readonly experimentId: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly tags: Batch['tags'];
}

/** Every call throws `UnavailableError` or `RefusedError` when it fails. */
export interface MlflowClient {
  readonly uri: string;
  /** The id of an experiment, which is made where there is none of that name. */
  readonly experimentId: (name: string) => Promise<string>;
  readonly createRun: (run: NewRun) => Promise<ServerRun>;
  /** Null where there is none. */
  readonly getRun: (id: string) => Promise<ServerRun | null>;
  /** Runs with a tag, but for deleted ones, in the order of their ids. */
  readonly findRuns: (experimentId: string, tag: string, value: string) => Promise<ServerRun[]>;
  readonly deleteRun: (id: string) => Promise<void>;
  readonly logBatch: (id: string, batch: Batch) => Promise<void>;
  /** `time`: when it ended, in milliseconds since 1970; for a run that goes on it says nothing. */
  readonly setStatus: (id: string, status: RunStatus, time: number) => Promise<void>;
  /** Puts a file among the artifacts of a run; one of that name is replaced. */
  readonly putArtifact: (run: ServerRun, path: string, content: Uint8Array<ArrayBuffer>) => Promise<void>;
}

export interface ClientOptions {
  /** Milliseconds until a request is given up. Default: 10,000; for artifacts always a minute. */
  readonly timeout?: number;
}

export function mlflowClient(uri: string, { timeout = 10_000 }: ClientOptions = {}): MlflowClient {
  const call = caller(uri, timeout);
  const post = <Schema extends z.ZodType>(path: string, schema: Schema, body: object) =>
    call('POST', `/api/2.0/mlflow/${path}`, schema, JSON.stringify(body));
  const get = <Schema extends z.ZodType>(path: string, schema: Schema, query: Record<string, string>) =>
    call('GET', `/api/2.0/mlflow/${path}?${new URLSearchParams(query)}`, schema);
  const anything = z.object({});

  const experimentNamed = async (name: string): Promise<string | null> => {
    const schema = z.object({
      experiment: z.object({ experiment_id: z.string(), lifecycle_stage: z.string() }),
    });
    const found = await orNull(get('experiments/get-by-name', schema, { experiment_name: name }));
    if (found?.experiment.lifecycle_stage === 'deleted') {
      throw new RefusedError(
        `the experiment "${name}" was deleted on the server. Restore it there, or name another one`,
        'INVALID_STATE',
      );
    }
    return found?.experiment.experiment_id ?? null;
  };

  return {
    uri,
    experimentId: async (name) => {
      const existing = await experimentNamed(name);
      if (existing !== null) return existing;
      try {
        const schema = z.object({ experiment_id: z.string() });
        return (await post('experiments/create', schema, { name })).experiment_id;
      } catch (error) {
        // Another run has made it meanwhile.
        const made = isRefusal(error, 'RESOURCE_ALREADY_EXISTS') ? await experimentNamed(name) : null;
        if (made === null) throw error;
        return made;
      }
    },
    createRun: async ({ experimentId, name, started, tags }) => {
      const body = { experiment_id: experimentId, run_name: name, start_time: started, tags };
      return serverRun((await post('runs/create', z.object({ run: runSchema }), body)).run);
    },
    getRun: async (id) => {
      const found = await orNull(get('runs/get', z.object({ run: runSchema }), { run_id: id }));
      return found && serverRun(found.run);
    },
    findRuns: async (experimentId, tag, value) => {
      const { runs } = await post('runs/search', z.object({ runs: z.array(runSchema).default([]) }), {
        experiment_ids: [experimentId],
        filter: `tags.\`${tag}\` = '${value}'`,
        max_results: 100,
      });
      return runs.map(serverRun).sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    deleteRun: async (id) => {
      await post('runs/delete', anything, { run_id: id });
    },
    logBatch: async (id, batch) => {
      await post('runs/log-batch', anything, { run_id: id, ...batch });
    },
    setStatus: async (id, status, time) => {
      const end = status === 'RUNNING' ? {} : { end_time: time };
      await post('runs/update', anything, { run_id: id, status, ...end });
    },
    putArtifact: async ({ artifacts }, path, content) => {
      const folder = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.+)$/.exec(artifacts)?.[1];
      if (folder === undefined) {
        throw new RefusedError(
          `the server keeps artifacts at ${artifacts} and takes none itself; start it with --artifacts-destination`,
          'NOT_SERVED',
        );
      }
      const address = `/api/2.0/mlflow-artifacts/artifacts/${folder}/${artifactPath(path)}`;
      await call('PUT', address, anything, content);
    },
  };
}

type Call = <Schema extends z.ZodType>(
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  schema: Schema,
  body?: string | Uint8Array<ArrayBuffer>,
) => Promise<z.output<Schema>>;

function caller(uri: string, timeout: number): Call {
  return async (method, path, schema, body) => {
    const login = authorization(process.env);
    let response: Response;
    let text: string;
    try {
      response = await fetch(uri + path, {
        method,
        headers: {
          ...(login === null ? {} : { authorization: login }),
          'content-type': typeof body === 'string' ? 'application/json' : 'application/octet-stream',
        },
        body,
        // A server elsewhere must not be shown the password.
        redirect: 'manual',
        signal: AbortSignal.timeout(typeof body === 'object' ? 60_000 : timeout),
      });
      text = await response.text();
    } catch (error) {
      throw new UnavailableError(whyUnreachable(error), { cause: error });
    }
    const answer = parsed(text);
    if (!response.ok) throw failure(response.status, answer);
    const result = schema.safeParse(answer);
    if (result.success) return result.data;
    throw new UnavailableError(`it does not answer as MLflow does to ${path.split('?')[0]}`);
  };
}

function failure(status: number, answer: unknown): Error {
  const refusal = z.object({ error_code: z.string(), message: z.string().default('') }).safeParse(answer);
  if (status === 401 || status === 403) {
    return new UnavailableError(
      `it answers ${status}: check MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD`,
    );
  }
  if (status === 413) return new RefusedError('it is too large for the server', 'TOO_LARGE');
  const isForLater = status >= 500 || status === 408 || status === 429;
  if (refusal.success && !isForLater) return new RefusedError(refusal.data.message, refusal.data.error_code);
  return new UnavailableError(
    `it answers with status ${status}${refusal.success ? `: ${refusal.data.message}` : ''}`,
  );
}

function whyUnreachable(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'it does not answer in time';
  return (
    messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error) ||
    'it cannot be reached'
  );
}

/** What a text means as JSON; nothing at all, as after an artifact, is an empty object. */
function parsed(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function serverRun({ info }: z.output<typeof runSchema>): ServerRun {
  return {
    id: info.run_id,
    experimentId: info.experiment_id,
    artifacts: info.artifact_uri,
    deleted: info.lifecycle_stage === 'deleted',
  };
}

export function isRefusal(error: unknown, code: string): boolean {
  return error instanceof RefusedError && error.code === code;
}

async function orNull<Result>(answer: Promise<Result>): Promise<Result | null> {
  try {
    return await answer;
  } catch (error) {
    if (isRefusal(error, 'RESOURCE_DOES_NOT_EXIST')) return null;
    throw error;
  }
}
