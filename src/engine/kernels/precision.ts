// The precision in which convolutions and matrix products compute. Their inputs, weights and results are float32
// either way; a backend without bfloat16 computes in float32 whatever is asked for.

/**
 * `bfloat16` has the range of float32 and 8 bits of mantissa: factors are rounded to it, products are added up in
 * float32 and the sum is rounded once more, unless it is the gradient of a kernel and masq's own operation computes it.
 * A gradient has the precision of its forward pass.
 */
export type Precision = 'float32' | 'bfloat16';

let current: Precision = 'float32';

/** The precision that holds now. */
export function currentPrecision(): Precision {
  return current;
}

const precisions: readonly string[] = ['float32', 'bfloat16'];

/**
 * Runs `run`, which must be synchronous, in the given precision, and goes back to the one before.
 *
 * @throws RangeError for another precision
 */
export function withPrecision<Result>(precision: Precision, run: () => Result): Result {
  if (!precisions.includes(precision)) {
    throw new RangeError(`The precision is ${precision}, expected one of ${precisions.join(', ')}.`);
  }
  const before = current;
  current = precision;
  try {
    return run();
  } finally {
    current = before;
  }
}
