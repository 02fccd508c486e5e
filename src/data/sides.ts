// A set in two: what is trained on, and what is held out.

/** Indices of recordings, ascending; every recording is on one side. */
export interface Sides {
  readonly train: Int32Array;
  readonly heldOut: Int32Array;
}

/** @param isHeldOut 1 for each recording that is held out, 0 for the others */
export function sidesOf(isHeldOut: Uint8Array): Sides {
  const all = Int32Array.from(isHeldOut, (_, i) => i);
  return { train: all.filter((i) => isHeldOut[i] === 0), heldOut: all.filter((i) => isHeldOut[i] === 1) };
}
