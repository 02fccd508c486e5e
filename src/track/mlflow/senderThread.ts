// The sender's thread, as the thread of training sees it.
import { messageOf } from '../../shared/errors.js';
import { startThread } from '../../shared/node/startThread.js';
import type { FromSender, SenderInput, ToSender } from './messages.js';

export interface SenderThread {
  /** There is more in the outbox. */
  readonly told: () => void;
  /** Waits a few seconds for what is left to be sent, then ends the thread. */
  readonly end: () => Promise<void>;
}

/** Milliseconds to wait at the end for a server that has answered so far, and for one that has not. */
const patience = { usual: 5000, away: 1500 } as const;

/**
 * Starts a thread that sends a run's outbox.
 *
 * @param onFailure told once, at the first time that sending fails
 * @param onRefused told of each thing that the server does not take
 */
export function startSender(
  directory: string,
  onFailure: (reason: string) => void,
  onRefused: (what: string) => void,
): SenderThread {
  const worker = startThread(new URL('./sender.js', import.meta.url), { directory } satisfies SenderInput);
  // Nobody waits for it, unless at the end.
  worker.unref();
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', resolve);
  });
  let hasFailed = false;
  let isAway = false;
  const fail = (reason: string): void => {
    if (!hasFailed) onFailure(reason);
    hasFailed = isAway = true;
  };
  worker.on('message', (message: FromSender) => {
    if (message.type === 'sent') isAway = false;
    else if (message.type === 'failed') fail(message.reason);
    else onRefused(message.what);
  });
  worker.on('error', (error) => {
    fail(messageOf(error));
  });
  const say = (message: ToSender): void => {
    worker.postMessage(message);
  };
  return {
    told: () => {
      say('told');
    },
    end: async () => {
      say('last');
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, isAway ? patience.away : patience.usual);
      });
      await Promise.race([ended, limit]);
      clearTimeout(timer);
      await worker.terminate();
    },
  };
}
