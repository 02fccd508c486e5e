// Errors of the callbacks of training, kept apart from its own: that memory did not suffice for a checkpoint does not mean that a batch did
// not fit.

/** Around what a callback threw, which is the cause. */
export class CallbackError extends Error {
  override readonly name = 'CallbackError';
}

/**
 * Calls a callback, which may be asynchronous.
 *
 * @throws CallbackError around what it throws
 */
export function calling<Result>(callback: () => Result): Result {
  const apart = (cause: unknown): never => {
    throw new CallbackError('a callback of training failed', { cause });
  };
  try {
    const result = callback();
    return result instanceof Promise ? (result.catch(apart) as Result) : result;
  } catch (error) {
    return apart(error);
  }
}
