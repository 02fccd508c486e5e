// The thread that sends a run's outbox while the run is trained in another one, so that training never waits for a server.
import { setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../shared/errors.js';
import { mlflowClient, RefusedError } from './client.js';
import { lockOutbox, mlflowFolder, readIdentity } from './folder.js';
import type { FromSender, SenderInput, ToSender } from './messages.js';
import { connect, type Connection } from './send.js';

/** Milliseconds between two sendings; doubled with each failure, up to the longest. */
const wait = { between: 2000, longest: 60_000 } as const;

const port = parentPort;
if (port === null) throw new Error('this is the module of a worker thread');
const say = (message: FromSender): void => {
  port.postMessage(message);
};
const folder = mlflowFolder((workerData as SenderInput).directory);

/** What the other thread has said last. */
const heard = { isTold: true, isLast: false };
let sleep = new AbortController();
port.on('message', (message: ToSender) => {
  heard.isTold = true;
  if (message !== 'last') return;
  heard.isLast = true;
  sleep.abort();
});

let isLocked = false;
let connection: Connection | undefined;
let failures = 0;
for (let isOver = false; !isOver;) {
  isOver = heard.isLast;
  if (heard.isTold || failures > 0) isOver = !(await send()) || isOver;
  if (isOver || heard.isLast) continue;
  sleep = new AbortController();
  const milliseconds = Math.min(wait.between * 2 ** failures, wait.longest);
  await pause(milliseconds, undefined, { signal: sleep.signal }).catch(() => undefined);
}
port.close();

/** Whether it makes sense to go on. */
async function send(): Promise<boolean> {
  heard.isTold = false;
  try {
    connection ??= await open();
    await connection.send();
    failures = 0;
    say({ type: 'sent' });
    return true;
  } catch (error) {
    connection = undefined;
    failures++;
    say({ type: 'failed', reason: messageOf(error) });
    return !(error instanceof RefusedError);
  }
}

async function open(): Promise<Connection> {
  // Until this thread ends.
  if (!isLocked) await lockOutbox(folder);
  isLocked = true;
  const identity = await readIdentity(folder);
  if (identity === null) throw new Error(`${folder.identity} is missing`);
  return connect(folder, mlflowClient(identity.uri), (what) => {
    say({ type: 'refused', what });
  });
}
