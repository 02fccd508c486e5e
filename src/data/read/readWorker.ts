// A thread that reads stretches of text, one after another.
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../shared/errors.js';
import { FatalProblem } from './problems.js';
import type { FromReader, ReaderInput, ToReader } from './readPool.js';
import { readStretch } from './readStretch.js';

const { format, layout } = workerData as ReaderInput;

parentPort?.on('message', ({ bytes, last }: ToReader) => {
  const stretch = { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), last };
  try {
    const read = readStretch(stretch, format, layout);
    const { values, stepTimes } = read.parts;
    const buffers = [values, ...(stepTimes === null ? [] : [stepTimes])].map(({ buffer }) => buffer);
    parentPort?.postMessage({ read } satisfies FromReader, buffers as ArrayBuffer[]);
  } catch (error) {
    const { line, message } =
      error instanceof FatalProblem ? error : { line: null, message: messageOf(error) };
    parentPort?.postMessage({ problem: { line, message } } satisfies FromReader);
  }
});
