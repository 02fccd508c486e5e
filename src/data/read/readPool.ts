// Reads stretches of text in threads beside this one.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { startThread } from '../../shared/node/startThread.js';
import type { FileHeader } from './collect.js';
import { fromMessage, type PartsMessage } from './partsMessage.js';
import { FatalProblem } from './problems.js';
import type { ReadStretch, RecordingsFormatName } from './readStretch.js';
import type { Stretch } from './textFormat.js';

/** More threads than that would wait for the one that puts together what they read. */
const MOST_THREADS = 4;

/** Stretches that a thread has before it, so that it need not wait for the next one. */
const AHEAD = 2;

/** What a thread is started with. */
export interface ReaderInput {
  readonly format: RecordingsFormatName;
  /** As the first recordings of the file have fixed it. */
  readonly layout: FileHeader;
}

/** A stretch to read. */
export interface ToReader {
  readonly bytes: Uint8Array;
  readonly last: boolean;
}

/** What was read, or what is wrong; `line` is null for what is no fault of the file. */
export type FromReader =
  | { readonly read: Omit<ReadStretch, 'parts'> & { readonly parts: PartsMessage } }
  | { readonly problem: { readonly line: number | null; readonly message: string } };

interface Reader {
  readonly read: (stretch: Stretch) => Promise<ReadStretch>;
  readonly end: () => Promise<unknown>;
}

const program = new URL('./readWorker.js', import.meta.url);

/** Whether threads can be started: not where all of masq was put into one file. */
export function hasReaders(): boolean {
  return existsSync(fileURLToPath(program));
}

/**
 * Reads stretches at the same time and gives them in their order. Their buffers are taken away.
 *
 * @throws FatalProblem as `readStretch` does
 */
export async function* readInThreads(
  stretches: AsyncIterable<Stretch>,
  input: ReaderInput,
): AsyncGenerator<ReadStretch> {
  const readers: Reader[] = [];
  const pending: Promise<ReadStretch>[] = [];
  const threads = Math.min(MOST_THREADS, availableParallelism());
  let next = 0;
  try {
    for await (const stretch of stretches) {
      if (next < threads) readers.push(startReader(input));
      const read = readers[next++ % threads].read(stretch);
      // It is waited for later, and may have failed by then.
      read.catch(() => undefined);
      pending.push(read);
      if (pending.length < threads * AHEAD) continue;
      const [first] = pending.splice(0, 1);
      yield await first;
    }
    for (const read of pending) yield await read;
  } finally {
    await Promise.all(readers.map(({ end }) => end()));
  }
}

function startReader(input: ReaderInput): Reader {
  const worker = startThread(program, input);
  const waiting: { resolve: (read: ReadStretch) => void; reject: (error: unknown) => void }[] = [];
  worker.on('message', (message: FromReader) => {
    const first = waiting.shift();
    if ('read' in message) {
      first?.resolve({ ...message.read, parts: fromMessage(message.read.parts) });
    } else first?.reject(errorOf(message.problem));
  });
  worker.on('error', (error) => {
    for (const { reject } of waiting.splice(0)) reject(error);
  });
  return {
    read: ({ bytes, last }) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        worker.postMessage({ bytes, last } satisfies ToReader, [bytes.buffer as ArrayBuffer]);
      }),
    end: () => worker.terminate(),
  };
}

function errorOf({ line, message }: { line: number | null; message: string }): Error {
  return line === null ? new Error(message) : new FatalProblem(line, message);
}
