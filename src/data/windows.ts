// Windows: long recordings cut into pieces of one length, each with a class of its own.
import { count, labelsOfSteps, type Recordings } from './recordings.js';
import { segmentsOf, type TimestampOptions } from './timestamps.js';
import { sliced } from './values.js';

/** How recordings are cut. */
export interface WindowOptions {
  /** Steps of a window. */
  readonly length: number;
  /** Steps from the start of a window to that of the next. */
  readonly stride: number;
  /** The class of a window: that of most of its steps (the first of the classes where several have as many), or of its last. */
  readonly label: 'majority' | 'last';
  /** Share of a window's steps that have its class, at least; windows with less are left out. */
  readonly minPurity: number;
  /** What is left at the end of a recording, or before a gap, that no whole window reaches: a shorter window, or left out. */
  readonly rest: 'keep' | 'drop';
}

/** What was cut. */
export interface WindowCounts {
  readonly recordings: number;
  /** Recordings without a window. */
  readonly withoutWindow: number;
  readonly windows: number;
  /** Gaps at which windows end. */
  readonly gaps: number;
  /** Windows that were left out as their class is unknown, or as too few of their steps have it. */
  readonly unlabelled: number;
  readonly impure: number;
  /** Steps that are in no window, of how many. */
  readonly stepsLeftOut: number;
  readonly steps: number;
}

/** Where windows are, and their classes. */
export interface WindowPlan {
  /** The recording of each window. */
  readonly recordings: Int32Array;
  /** First step of each window and the step after its last, among those of all recordings. */
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  /** Index into `classes`, or -1. */
  readonly labels: Int32Array;
  readonly counts: WindowCounts;
}

/**
 * Where windows of `length` steps lie: every `stride` steps from the start of each recording, and anew after each gap. None reaches
 * into another recording or over a gap.
 *
 * @param unlabelled `keep` also those windows without a class or with too few steps of it, as for prediction
 */
export function planWindows(
  recordings: Recordings,
  { length, stride, label, minPurity, rest }: WindowOptions,
  { gap, unlabelled = 'drop' }: { gap?: TimestampOptions['gap']; unlabelled?: 'drop' | 'keep' } = {},
): WindowPlan {
  const { stepLabels, labels, offsets, classes } = recordings;
  const found = {
    recordings: [] as number[],
    starts: [] as number[],
    ends: [] as number[],
    labels: [] as number[],
  };
  const left = { unlabelled: 0, impure: 0, gaps: 0, withoutWindow: 0 };
  const tally = new Int32Array(classes.length + 1);
  let covered = 0;
  for (const [i, ofRecording] of labels.entries()) {
    const bounds = segmentsOf(recordings, i, gap);
    const windowsBefore = found.starts.length;
    left.gaps += bounds.length - 2;
    for (let segment = 1; segment < bounds.length; segment++) {
      const last = bounds[segment];
      let reached = bounds[segment - 1];
      for (let start = reached; start < last; start += stride) {
        const end = Math.min(start + length, last);
        // Once a window reaches the end, those after it hold nothing new.
        if (start > bounds[segment - 1] && start + length - stride >= last) break;
        if (end - start < length && rest === 'drop') break;
        const { index, purity } =
          stepLabels === undefined
            ? { index: ofRecording, purity: 1 }
            : labelOf(stepLabels.subarray(start, end), label, tally);
        if (unlabelled === 'drop' && index < 0) {
          left.unlabelled++;
          continue;
        }
        if (unlabelled === 'drop' && purity < minPurity) {
          left.impure++;
          continue;
        }
        found.recordings.push(i);
        found.starts.push(start);
        found.ends.push(end);
        found.labels.push(index);
        covered += end - Math.max(start, reached);
        reached = end;
      }
    }
    if (found.starts.length === windowsBefore) left.withoutWindow++;
  }
  const steps = offsets[labels.length];
  return {
    recordings: Int32Array.from(found.recordings),
    starts: Float64Array.from(found.starts),
    ends: Float64Array.from(found.ends),
    labels: Int32Array.from(found.labels),
    counts: {
      ...{ recordings: count(recordings), windows: found.starts.length, ...left },
      ...{ stepsLeftOut: steps - covered, steps },
    },
  };
}

/**
 * The windows as recordings of their own, whose ids tell recording and steps as slices do in Python: `door[128:256]`. Steps that
 * several windows have are in memory once.
 */
export function cutWindows(recordings: Recordings, plan: WindowPlan): Recordings {
  const { channels, values, offsets, ids, groups, splits, fileIndices, lines } = recordings;
  const { recordings: owners, starts, ends } = plan;
  const newOffsets = new Float64Array(starts.length + 1);
  for (const [i, start] of starts.entries()) newOffsets[i + 1] = newOffsets[i] + ends[i] - start;
  const within = starts.map((start, i) => start - offsets[owners[i]]);
  return {
    ...{
      files: recordings.files,
      channelNames: recordings.channelNames,
      channels,
      classes: recordings.classes,
      ...(recordings.indicators !== undefined && { indicators: recordings.indicators }),
    },
    values: sliced(values, { recordings: owners, starts: within }, newOffsets),
    ...{ offsets: newOffsets, labels: plan.labels },
    ids: Array.from(within, (start, i) => `${ids[owners[i]]}[${start}:${start + ends[i] - starts[i]}]`),
    groups: groups && Array.from(owners, (owner) => groups[owner]),
    splits: splits && Array.from(owners, (owner) => splits[owner]),
    fileIndices: owners.map((owner) => fileIndices[owner]),
    lines: owners.map((owner) => lines[owner]),
    origin: { recordings: owners, ids, ...labelsOfRecordings(recordings) },
  };
}

/** The class of a window, -1 where it is unknown, and the share of its steps that have it. */
function labelOf(
  steps: Int32Array,
  rule: WindowOptions['label'],
  tally: Int32Array,
): { index: number; purity: number } {
  tally.fill(0);
  for (const label of steps) tally[label + 1]++;
  let most = 0;
  for (let i = 1; i < tally.length; i++) {
    // Steps without a class, which come first, do not win a tie.
    if (tally[i] > tally[most] || (most === 0 && tally[i] === tally[0] && tally[i] > 0)) most = i;
  }
  const index = rule === 'last' ? steps[steps.length - 1] : most - 1;
  return { index, purity: tally[index + 1] / steps.length };
}

/** The class that all labelled steps of a recording have, else -1; and whether some recording has several. */
function labelsOfRecordings(recordings: Recordings): { labels: Int32Array; changing: boolean } {
  const { labels, offsets } = recordings;
  if (recordings.stepLabels === undefined) return { labels, changing: false };
  const ofSteps = labelsOfSteps(recordings);
  let changing = false;
  const constant = labels.map((label, i) => {
    for (let step = offsets[i]; step < offsets[i + 1]; step++) {
      if (ofSteps[step] === label || ofSteps[step] < 0) continue;
      changing = true;
      return -1;
    }
    return label;
  });
  return { labels: constant, changing };
}
