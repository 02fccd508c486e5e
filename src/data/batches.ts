// Batches: recordings put side by side, padded at the end to the longest among them and no further.

/** One batch on the host. */
export interface Batch {
  /** Values `[batch, time, channels]`, row by row, 0 beyond a row's length. */
  readonly values: Float32Array;
  /** `[batch, time, channels]`. */
  readonly shape: readonly [number, number, number];
  /** Valid steps of each row, `[batch]`. */
  readonly lengths: Int32Array;
  /** Class index of each row, `[batch]`; -1 where unknown. */
  readonly labels: Int32Array;
  /** Which recordings the rows are. */
  readonly indices: Int32Array;
}
