// A thread that reads stretches of text, one after another.
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../shared/errors.js';
import { FatalProblem } from './problems.js';
import { toMessage } from './partsMessage.js';
import type { FromReader, ReaderInput, ToReader } from './readPool.js';
import { readStretch } from './readStretch.js';

const { format, layout } = workerData as ReaderInput;

parentPort?.on('message', ({ bytes, last }: ToReader) => {
  const stretch = { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), last };
  try {
    const read = readStretch(stretch, format, layout);
    const { message, buffers } = toMessage(read.parts);
    parentPort?.postMessage({ read: { ...read, parts: message } } satisfies FromReader, buffers);
  } catch (error) {
    const { line, message } =
      error instanceof FatalProblem ? error : { line: null, message: messageOf(error) };
    parentPort?.postMessage({ problem: { line, message } } satisfies FromReader);
  }
});
