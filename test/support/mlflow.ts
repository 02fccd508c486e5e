// A real MLflow server on this machine, what its Python client reads of it, and a proxy that loses answers on the way.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { pythonVariables } from './python.js';

export interface MlflowServer {
  readonly uri: string;
  /** Ends it at once, in the middle of whatever it does. */
  readonly kill: () => Promise<void>;
}

/**
 * What `mlflow server` does, without its command line: that is a process of its own, which imports MLflow once more. The database is
 * made before anybody is answered.
 */
const serverProgram = `
import os, sys
from mlflow import server
folder, port = sys.argv[1:]
database = "sqlite:///" + os.path.join(folder, "mlflow.db")
artifacts = "mlflow-artifacts:/"
os.environ[server.BACKEND_STORE_URI_ENV_VAR] = database
os.environ[server.ARTIFACT_ROOT_ENV_VAR] = artifacts
os.environ[server.ARTIFACTS_DESTINATION_ENV_VAR] = os.path.join(folder, "artifacts")
os.environ[server.SERVE_ARTIFACTS_ENV_VAR] = "true"
from mlflow.server.handlers import initialize_backend_stores
initialize_backend_stores(database, database, artifacts)
import uvicorn
from mlflow.server.fastapi_app import app
uvicorn.run(app, host="127.0.0.1", port=int(port))
`;

/**
 * Starts a server; one that was killed goes on where its folder and port are given again.
 *
 * @param packages the folder that `installMlflow` gives
 * @param folder for its database and artifacts
 */
export async function startMlflow(packages: string, folder: string, port: number): Promise<MlflowServer> {
  const server = spawn('python3', ['-c', serverProgram, folder, `${port}`], {
    cwd: folder,
    env: {
      ...process.env,
      ...pythonVariables([packages]),
      MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
    },
    // It starts processes of its own, which are ended with it as one group.
    detached: true,
    stdio: 'ignore',
  });
  const uri = `http://127.0.0.1:${port}`;
  const kill = (): Promise<void> => killGroup(server);
  process.once('exit', () => void kill());
  for (;;) {
    const response = await fetch(`${uri}/health`).catch(() => null);
    if (response?.ok === true) return { uri, kill };
    if (server.exitCode !== null) throw new Error(`the MLflow server ended with ${server.exitCode}`);
    await setTimeout(200);
  }
}

async function killGroup(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  process.kill(-server.pid, 'SIGKILL');
  await ended;
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A proxy that hands requests on and, where `loses` says so, breaks off instead of giving the answer. */
export async function losingProxy(
  uri: string,
  loses: (path: string) => boolean,
): Promise<{ uri: string; close: () => void }> {
  const target = new URL(uri);
  const proxy = createServer((incoming, outgoing) => {
    const { method, url = '/', headers } = incoming;
    const onward = request(
      {
        host: target.hostname,
        port: target.port,
        method,
        path: url,
        headers: { ...headers, host: target.host },
      },
      (answer) => {
        if (loses(url)) {
          answer.resume().once('end', () => incoming.socket.destroy());
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onward.on('error', () => incoming.socket.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    uri: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    close: () => {
      proxy.close();
      proxy.closeAllConnections();
    },
  };
}

/** A run as the Python client reads it. */
export interface ReadRun {
  id: string;
  experiment: string;
  name: string;
  status: string;
  started: number;
  ended: number | null;
  params: Record<string, string>;
  tags: Record<string, string>;
  /** `[step, value]` by metric, as the client gives the history. */
  metrics: Record<string, [number, string][]>;
  /** Text of each file by its path. */
  artifacts: Record<string, string>;
}

/** MLflow's own client, in a process that answers until it is closed: importing it takes seconds. */
export interface MlflowReader {
  /** The runs of an experiment, in the order in which they were begun. */
  readonly runs: (uri: string, experiment: string) => Promise<ReadRun[]>;
  /** What a program prints that finds the server in MLFLOW_TRACKING_URI. */
  readonly printed: (uri: string, program: string) => Promise<string>;
  readonly close: () => void;
}

const reader = `
import contextlib, io, json, os, sys, tempfile
from mlflow import MlflowClient
def artifacts(client, run):
    if not client.list_artifacts(run.info.run_id):
        return {}
    with tempfile.TemporaryDirectory() as folder:
        root = client.download_artifacts(run.info.run_id, "", folder)
        files = [os.path.join(at, name) for at, _, names in os.walk(root) for name in names]
        return {os.path.relpath(file, root): open(file, newline="").read() for file in files}
def describe(client, run):
    def metric(key):
        return [[m.step, repr(m.value)] for m in client.get_metric_history(run.info.run_id, key)]
    return {
        "id": run.info.run_id, "experiment": run.info.experiment_id, "name": run.info.run_name,
        "status": run.info.status, "started": run.info.start_time, "ended": run.info.end_time,
        "params": run.data.params, "tags": run.data.tags, "artifacts": artifacts(client, run),
        "metrics": {key: metric(key) for key in run.data.metrics},
    }
def runs(uri, name):
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name(name)
    found = client.search_runs([experiment.experiment_id], order_by=["attributes.start_time ASC"])
    return [describe(client, run) for run in found]
def printed(uri, program):
    os.environ["MLFLOW_TRACKING_URI"] = uri
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(program, {})
    return out.getvalue()
answers = sys.stdout
sys.stdout = sys.stderr
for line in sys.stdin:
    name, *rest = json.loads(line)
    print(json.dumps({"runs": runs, "printed": printed}[name](*rest)), file=answers, flush=True)
`;

/** @param packages the folder that `installMlflow` gives */
export function startReader(packages: string): MlflowReader {
  const child = spawn('python3', ['-c', reader], {
    env: { ...process.env, ...pythonVariables([packages]) },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let problems = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (problems += text));
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ask = async (...question: readonly string[]): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const answer = await answers.next();
    if (answer.done === true) throw new Error(`MLflow's client ended: ${problems}`);
    return JSON.parse(answer.value) as unknown;
  };
  return {
    runs: async (uri, experiment) => (await ask('runs', uri, experiment)) as ReadRun[],
    printed: async (uri, program) => (await ask('printed', uri, program)) as string,
    close: () => child.stdin.end(),
  };
}
