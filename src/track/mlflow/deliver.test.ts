// Servers that cannot be sent to: whatever they do, nothing is lost and nothing is marked as sent.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { deliver, findTracked } from './deliver.js';
import { lockOutbox, mlflowFolder, openIdentity } from './folder.js';
import { addToOutbox } from './outbox.js';

const folder = mkdtempSync(join(tmpdir(), 'masq-deliver-'));
const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
  delete process.env.MLFLOW_TRACKING_TOKEN;
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A run with one line to send. */
async function run(name: string, uri: string): Promise<string> {
  const directory = join(folder, name);
  const mlflow = mlflowFolder(directory);
  await openIdentity(mlflow, { uri, experiment: 'waves', kind: 'run', name });
  await addToOutbox(mlflow.outbox, [{ type: 'tags', values: { a: 'b' } }]);
  return directory;
}

const answer =
  (status: number, body: string, headers: Record<string, string> = {}): RequestListener =>
  (_, response) => {
    response.writeHead(status, headers).end(body);
  };

it.each<[string, RequestListener, string]>([
  ['never answers', () => undefined, 'it does not answer in time'],
  ['breaks off', (request) => request.socket.destroy(), 'other side closed'],
  [
    'is no MLflow',
    answer(200, '<html>Welcome</html>'),
    'it does not answer as MLflow does to /api/2.0/mlflow/',
  ],
  ['has another page there', answer(404, 'no such page'), 'it answers with status 404'],
  ['is overloaded', answer(503, ''), 'it answers with status 503'],
  [
    'has an error',
    answer(500, '{"error_code":"INTERNAL_ERROR","message":"disk full"}'),
    'status 500: disk full',
  ],
])('keeps everything when the server %s', async (name, listener, reason) => {
  const directory = await run(name, await serve(listener));
  const before = readFileSync(mlflowFolder(directory).outbox, 'utf8');
  await expect(deliver(directory, { timeout: 200 })).rejects.toThrow(reason);
  expect(readFileSync(mlflowFolder(directory).outbox, 'utf8')).toBe(before);
  expect(existsSync(mlflowFolder(directory).sent)).toBe(false);
});

it('shows a token to the server that it is for, and to no other', async () => {
  process.env.MLFLOW_TRACKING_TOKEN = 't0ken';
  const shown: (string | undefined)[] = [];
  const note = ({ headers }: IncomingMessage): void => void shown.push(headers.authorization);
  const refusing = await serve((request, response) => {
    note(request);
    response.writeHead(401).end();
  });
  await expect(deliver(await run('login', refusing))).rejects.toThrow('401: check MLFLOW_TRACKING_TOKEN');
  expect(shown).toEqual(['Bearer t0ken']);
  const elsewhere = await serve(note);
  const redirecting = await serve(answer(307, '', { location: elsewhere }));
  await expect(deliver(await run('redirect', redirecting))).rejects.toThrow('it answers with status 307');
  expect(shown).toHaveLength(1);
});

it('leaves a run alone that another process sends', async () => {
  const asked: unknown[] = [];
  const directory = await run('locked', await serve((request) => asked.push(request.url)));
  const release = await lockOutbox(mlflowFolder(directory));
  await expect(deliver(directory)).rejects.toThrow('another process sends it');
  expect(asked).toEqual([]);
  release();
});

it('finds runs in folders, a study before its trials', async () => {
  const uri = 'http://127.0.0.1:9';
  const trials = ['studies/s/trials/a/2', 'studies/s/trials/a/1', 'studies/s'];
  const [second, first, study] = await Promise.all(trials.map((name) => run(name, uri)));
  expect(await findTracked([join(folder, 'studies'), first])).toEqual([study, first, second]);
  mkdirSync(join(folder, 'empty'));
  await expect(findTracked([join(folder, 'empty')])).rejects.toThrow('expected runs with track: [mlflow]');
  await expect(findTracked([join(folder, 'missing')])).rejects.toThrow('there is no such folder');
});
