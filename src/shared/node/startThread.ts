// Worker threads, however this process was started.
import { Worker } from 'node:worker_threads';

/**
 * Runs a module of masq in a thread.
 *
 * @param workerData what the module finds as `workerData`
 */
export function startThread(program: URL, workerData: unknown): Worker {
  // Threads inherit the flags of Node, but not one for code that is given as text, as in `node --input-type=module --eval …`.
  const isText = process.execArgv.some((flag) => flag.startsWith('--input-type'));
  return new Worker(program, { workerData, ...(isText && { execArgv: [] }) });
}
