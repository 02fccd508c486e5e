// Parts on their way from one thread to another: numbers are handed over, and texts that occur often are copied once.
import type { Parts } from './parts.js';

/** Texts as indices into those that occur. */
interface CodedTexts {
  readonly names: readonly string[];
  readonly indices: Int32Array;
}

/** Parts as they are sent. */
export interface PartsMessage {
  readonly parts: Omit<Parts, 'ids' | 'labels' | 'groups' | 'splits' | 'timeTexts'>;
  readonly ids: CodedTexts | null;
  readonly labels: CodedTexts;
  readonly groups: CodedTexts | null;
  readonly splits: CodedTexts | null;
  readonly timeTexts: CodedTexts | null;
}

/** Parts to send, and the buffers to hand over with them; the parts cannot be used any more. */
export function toMessage({ ids, labels, groups, splits, timeTexts, ...parts }: Parts): {
  message: PartsMessage;
  buffers: ArrayBuffer[];
} {
  const message: PartsMessage = {
    parts,
    ids: ids && coded(ids),
    labels: coded(labels),
    groups: groups && coded(groups),
    splits: splits && coded(splits),
    timeTexts: timeTexts && coded(timeTexts),
  };
  const { values, stepTimes, lengths, lines, firstTimes, lastTimes } = parts;
  const numbers = [values, stepTimes, lengths, lines, firstTimes, lastTimes].filter((each) => each !== null);
  const texts = [message.ids, message.labels, message.groups, message.splits, message.timeTexts];
  const indices = texts.filter((each) => each !== null).map((each) => each.indices);
  return { message, buffers: [...numbers, ...indices].map(({ buffer }) => buffer as ArrayBuffer) };
}

/** The parts that were sent. */
export function fromMessage({ parts, ids, labels, groups, splits, timeTexts }: PartsMessage): Parts {
  return {
    ...parts,
    ids: ids && decoded(ids),
    labels: decoded(labels),
    groups: groups && decoded(groups),
    splits: splits && decoded(splits),
    timeTexts: timeTexts && decoded(timeTexts),
  };
}

function coded(texts: readonly string[]): CodedTexts {
  const known = new Map<string, number>();
  const indices = new Int32Array(texts.length);
  for (let i = 0; i < texts.length; i++) {
    let index = known.get(texts[i]);
    if (index === undefined) known.set(texts[i], (index = known.size));
    indices[i] = index;
  }
  return { names: [...known.keys()], indices };
}

function decoded({ names, indices }: CodedTexts): string[] {
  return Array.from(indices, (index) => names[index]);
}
