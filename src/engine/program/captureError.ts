// Why a function cannot be captured. Whoever compiles may go on eagerly with the reason as a warning.

/** A function does something that a graph cannot repeat. The message names the operation and the reason. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
}
