// Downloads a file by HTTP so that a download that was interrupted, however it was, goes on where it stopped: beside the file
// lies what the server said of it, and the rest is asked for on condition that it still is the same (RFC 9110, If-Range).
import { open, readFile, rm, stat, statfs, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { counted } from '../../shared/counted.js';
import { codeOf, messageOf } from '../../shared/errors.js';
import { writeFileAtomic } from '../../shared/node/files.js';

/** How a file is downloaded. */
export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Hears of the bytes that there are, and of those of the whole file where the server says. */
  readonly report?: ((done: number, total: number | null) => void) | undefined;
  /** Hears why the download is tried again, and in how many seconds. */
  readonly onRetry?: ((why: string, seconds: number) => void) | undefined;
  /** Seconds before it is tried again; doubled each time. Default: 1. */
  readonly patience?: number | undefined;
}

/** The server has no such file. */
export class NotThereError extends Error {
  override readonly name = 'NotThereError';
}

/** What may be over soon. */
class PassingError extends Error {
  constructor(
    message: string,
    readonly seconds = 0,
  ) {
    super(message);
  }
}

const RETRIES = 4;
const LONGEST_WAIT = 60;
/** Seconds without a byte after which a connection is given up. */
const SILENCE = 60;
/** An archive has several formats of a data set, each with two files of text of at most 2 GiB, as is unpacked. */
const LARGEST = 16 * 2 ** 30;

const stateSchema = z.object({
  url: z.string(),
  /** A strong ETag, or the time of the last change. */
  validator: z.string(),
  total: z.number().nullable(),
});
type State = z.infer<typeof stateSchema>;

/**
 * Downloads `url` to `file`, or the part of it that is not there yet.
 *
 * What may pass, as a lost connection or an overloaded server, is tried again four times, and as long as something arrives.
 *
 * @throws NotThereError where the server answers that there is no such file, or with a web page
 * @throws the reason of the signal when it is aborted; what has arrived is kept
 */
export async function downloadFile(url: string, file: string, options: DownloadOptions = {}): Promise<void> {
  const { signal, onRetry, patience = 1 } = options;
  for (let failures = 0; ;) {
    const before = await sizeOf(file);
    try {
      await attempt(url, file, options);
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof PassingError)) throw error;
      failures = (await sizeOf(file)) > before ? 1 : failures + 1;
      if (failures > RETRIES)
        throw new Error(`${url} could not be downloaded: ${error.message}.${proxyHint()}`);
      const seconds = Math.max(patience * 2 ** (failures - 1), Math.min(error.seconds, LONGEST_WAIT));
      onRetry?.(error.message, seconds);
      await wait(1000 * seconds, undefined, { signal });
    }
  }
}

/** The file in which `downloadFile` keeps what the server said. */
export function stateFileOf(file: string): string {
  return `${file}.json`;
}

async function attempt(url: string, file: string, { signal, report }: DownloadOptions): Promise<void> {
  const state = await readState(url, file);
  let done = state === null ? 0 : await sizeOf(file);
  if (state !== null && done === state.total) return;
  const silence = watchdog(signal);
  try {
    const resumed = done > 0 && state !== null;
    const response = await passing(() =>
      fetch(url, {
        // Bytes are counted as they are in the file.
        headers: {
          'accept-encoding': 'identity',
          ...(resumed ? { range: `bytes=${done}-`, 'if-range': state.validator } : {}),
        },
        signal: silence.signal,
      }),
    );
    const { total, starts } = await agree(response, { url, file, state, done });
    if (starts) done = 0;
    await checkRoom(file, done, total);
    const handle = await open(file, starts ? 'w' : 'r+');
    try {
      report?.(done, total);
      for await (const bytes of bodyOf(response, silence.heard)) {
        await writeAt(handle, bytes, done);
        done += bytes.length;
        if (done > LARGEST) throw tooLarge(url, done);
        report?.(done, total);
      }
    } finally {
      await handle.close();
    }
    if (total !== null && done !== total) {
      throw new PassingError(
        `the connection ended after ${counted(done, 'byte')} of ${total.toLocaleString('en')}`,
      );
    }
  } finally {
    silence.stop();
  }
}

/** Whether the answer is the whole file or the rest that was asked for; what the server says of the file is kept. */
async function agree(
  response: Response,
  { url, file, state, done }: { url: string; file: string; state: State | null; done: number },
): Promise<{ total: number | null; starts: boolean }> {
  const { status, headers } = response;
  if (status === 206 && state !== null) {
    const [, start, size] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
    const validator = validatorOf(headers);
    if (Number(start) === done && (validator === null || validator === state.validator)) {
      return { total: size === '*' ? state.total : Number(size), starts: false };
    }
  }
  if (status === 206 || status === 416) {
    await rm(stateFileOf(file), { force: true });
    throw new PassingError('the server has another file than it had, or sends another part of it');
  }
  if (status === 404 || status === 410) throw new NotThereError(`it answers with status ${status}`);
  if (status >= 500 || status === 408 || status === 429) {
    throw new PassingError(
      `the server answers with status ${status}`,
      Number.parseFloat(headers.get('retry-after') ?? '0') || 0,
    );
  }
  if (status !== 200)
    throw new Error(`${url} could not be downloaded: the server answers with status ${status}.`);
  if (/^text\/html\b/i.test(headers.get('content-type') ?? '')) {
    throw new NotThereError('it answers with a web page');
  }
  const encoded = headers.has('content-encoding');
  const length = headers.get('content-length');
  const total = length === null || encoded ? null : Number(length);
  if (total !== null && total > LARGEST) throw tooLarge(url, total);
  const validator = encoded ? null : validatorOf(headers);
  await rm(stateFileOf(file), { force: true });
  await rm(file, { force: true });
  if (validator !== null) {
    await writeFileAtomic(stateFileOf(file), JSON.stringify({ url, validator, total } satisfies State));
  }
  return { total, starts: true };
}

/** Null where a part of the file could not be told from a part of a later one. */
function validatorOf(headers: Headers): string | null {
  const tag = headers.get('etag');
  return tag !== null && !tag.startsWith('W/') ? tag : headers.get('last-modified');
}

async function readState(url: string, file: string): Promise<State | null> {
  try {
    const state = stateSchema.parse(JSON.parse(await readFile(stateFileOf(file), 'utf8')));
    return state.url === url && (await sizeOf(file)) <= (state.total ?? Infinity) ? state : null;
  } catch {
    // Without it, or with half of it, the download starts over.
    return null;
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0;
    throw error;
  }
}

async function* bodyOf({ body }: Response, heard: () => void): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await passing(() => reader.read());
      if (done) return;
      heard();
      yield value;
    }
  } finally {
    // Where the rest is not wanted, the connection is closed; one that is lost already says so again.
    await reader.cancel().catch(() => undefined);
  }
}

async function writeAt(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

async function checkRoom(file: string, done: number, total: number | null): Promise<void> {
  const needed = (total ?? 0) - done;
  const { bavail, bsize } = await statfs(dirname(file));
  if (needed <= bavail * bsize) return;
  throw new Error(
    `The disk of ${dirname(file)} has ${(bavail * bsize).toLocaleString('en')} bytes free; the download needs ` +
      `${needed.toLocaleString('en')}. Make room, and run the command again.`,
  );
}

/** What goes wrong on the network may pass. */
async function passing<Result>(call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new PassingError(messageOf(cause) || (codeOf(cause) ?? 'the server cannot be reached'));
  }
}

/** A signal that is aborted with another, or when nothing has been heard for long. */
function watchdog(signal: AbortSignal | undefined): {
  signal: AbortSignal;
  heard: () => void;
  stop: () => void;
} {
  const silent = new AbortController();
  const timer = setTimeout(() => {
    silent.abort(new Error(`nothing arrived for ${SILENCE} seconds`));
  }, 1000 * SILENCE);
  return {
    signal: signal === undefined ? silent.signal : AbortSignal.any([signal, silent.signal]),
    heard: () => timer.refresh(),
    stop: () => {
      clearTimeout(timer);
    },
  };
}

function tooLarge(url: string, bytes: number): Error {
  return new Error(
    `${url} has ${bytes.toLocaleString('en')} bytes or more, expected at most ${LARGEST.toLocaleString('en')}.`,
  );
}

function proxyHint(): string {
  const { HTTPS_PROXY, https_proxy, NODE_USE_ENV_PROXY } = process.env;
  if ((HTTPS_PROXY ?? https_proxy ?? '') === '' || NODE_USE_ENV_PROXY === '1') return '';
  return ' HTTPS_PROXY is set, but Node heeds it only with NODE_USE_ENV_PROXY=1, from version 22.21 or 24 on.';
}
