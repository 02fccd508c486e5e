// Whether a trial that failed is worth another try: what is wrong with a config, the data or the network fails again, what
// was wrong with the machine may have passed.
import { codeOf, isDiskFull, messageOf } from '../../shared/errors.js';

/** How a trial failed. */
export interface Failure {
  readonly message: string;
  /** Whether trying again can help. */
  readonly retry: boolean;
  /** The disk is full: other trials will find it so too. */
  readonly diskFull: boolean;
}

/** What system calls say when the machine is short of something, or a shared disk was away for a moment. */
const passing = [
  ...['ENOSPC', 'EDQUOT', 'ENOMEM', 'EAGAIN', 'EMFILE', 'ENFILE', 'EBUSY'],
  ...['EIO', 'ESTALE', 'ETIMEDOUT', 'EADDRINUSE'],
];

/** What TensorFlow and V8 say when memory is short. */
const outOfMemory = /\bOOM\b|ResourceExhausted|out of memory|Array buffer allocation failed/i;

/** What an error of training means for the trial. */
export function failureOf(error: unknown): Failure {
  const causes = [...chainOf(error)];
  const codes = causes.map((cause) => codeOf(cause) ?? '');
  const message = messageOf(error);
  return {
    message,
    retry:
      codes.some((code) => passing.includes(code)) ||
      causes.some((cause) => outOfMemory.test(messageOf(cause))),
    diskFull: isDiskFull(error),
  };
}

/** What the end of a trial's process means, where it did not say how the trial ended. */
export function failureOfProcess(
  { code, signal }: { code: number | null; signal: string | null },
  lastWords: string,
): Failure {
  const how = signal === null ? `ended with exit code ${code ?? 'unknown'}` : `was ended by ${signal}`;
  // The kernel ends a process with SIGKILL when memory is short.
  const guess = signal === 'SIGKILL' ? ', as the system does when memory is short' : '';
  const words = lastWords.trim().split('\n').slice(-3).join(' ');
  return {
    message: `The process of the trial ${how}${guess}.${words === '' ? '' : ` Its last words: ${words}`}`,
    retry: true,
    diskFull: false,
  };
}

function* chainOf(error: unknown): Generator {
  for (let cause = error; cause !== undefined; cause = cause instanceof Error ? cause.cause : undefined) {
    yield cause;
  }
}
