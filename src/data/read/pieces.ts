// Pieces of a recording, put together.
import type { LabelRun } from './sink.js';

/** Steps of one recording that follow each other. */
export interface Piece {
  /** `[steps, channels]` */
  readonly values: Float32Array;
  /** `[steps]`, or null where times are not kept. */
  readonly times: Float64Array | null;
  readonly labels: readonly LabelRun[];
}

/** Pieces one after another as one; times are kept where all that have steps have them. */
export function together(all: readonly Piece[]): Piece {
  const filled = all.filter(({ values }) => values.length > 0);
  const pieces = filled.length > 0 ? filled : all;
  if (pieces.length === 1) return { ...pieces[0], labels: joinedLabels(pieces) };
  const times = pieces.map((piece) => piece.times).filter((each) => each !== null);
  return {
    values: joined(
      Float32Array,
      pieces.map(({ values }) => values),
    ),
    times: pieces.length > 0 && times.length === pieces.length ? joined(Float64Array, times) : null,
    labels: joinedLabels(pieces),
  };
}

/** The classes of steps, neighbours of one class as one. */
function joinedLabels(pieces: readonly Piece[]): LabelRun[] {
  const labels: { label: string; steps: number }[] = [];
  for (const piece of pieces) {
    for (const { label, steps } of piece.labels) {
      const last = labels.at(-1);
      if (last?.label === label) last.steps += steps;
      else labels.push({ label, steps });
    }
  }
  return labels;
}

function joined<Numbers extends Float32Array | Float64Array>(
  type: new (length: number) => Numbers,
  parts: readonly Numbers[],
): Numbers {
  const all = new type(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
