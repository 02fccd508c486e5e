// Reads files into a packed one, recording by recording, each prepared on the way, so that memory does not grow with their values.
import { dirname } from 'node:path';
import { UserError } from '../../shared/errors.js';
import { concatenate } from '../combine.js';
import { loadEach, type LoadedFile, type LoadOptions } from '../load.js';
import { changesNothing, prepareEach, type Preparation, readingFor } from '../preparation.js';
import { checkPackable, checkPrepared, preparedBy } from '../prepared.js';
import { type ReadRecording, type RecordingSink, ScatteredError, withoutValues } from '../read/sink.js';
import { type Recordings, valuesOf } from '../recordings.js';
import { memoryValues } from '../values.js';
import { GrowingNumbers } from '../growingNumbers.js';
import { removeLeftovers } from './temporaries.js';
import { type PackedWriter, startPacked } from './writePacked.js';

/** How files are packed. */
export interface PackOptions extends Omit<LoadOptions, 'missing' | 'times' | 'labelsPer'> {
  readonly signal?: AbortSignal | undefined;
  /** Is called where all files are read once more, to bring together recordings whose steps are scattered. */
  readonly onSecondPass?: (() => void) | undefined;
}

/**
 * Writes the recordings of files, in the order of the files, to a packed file. It gets its name once it is whole; nothing is left of one
 * that was given up, and what others left in its folder that were killed is removed.
 *
 * @throws UserError as `loadPrepared` does, and where the packed file cannot be written
 * @throws PackWriteError where the disk is full
 */
export async function packFiles(
  files: string | readonly string[],
  preparation: Preparation,
  path: string,
  options: PackOptions = {},
): Promise<void> {
  checkPackable(preparation);
  await removeLeftovers(dirname(path));
  try {
    await pack(files, preparation, path, options, false);
  } catch (error) {
    if (!(error instanceof ScatteredError)) throw error;
    // Only now it is known; most files have their recordings one after another, and this takes twice the disk.
    options.onSecondPass?.();
    await pack(files, preparation, path, options, true);
  }
}

async function pack(
  files: string | readonly string[],
  preparation: Preparation,
  path: string,
  { signal, ...options }: PackOptions,
  scattered: boolean,
): Promise<void> {
  const packer = new Packer(path, preparation, scattered, signal);
  try {
    const loaded: LoadedFile[] = [];
    const onBytes = (bytes: number): void => {
      // Recordings that are brought together come only once all files are read.
      signal?.throwIfAborted();
      options.onBytes?.(bytes);
    };
    const reading = { ...options, ...readingFor(preparation), onBytes };
    for await (const file of loadEach(files, reading, packer)) {
      if (file.prepared !== undefined) checkPrepared(file.recordings, file.prepared, preparation);
      loaded.push(file);
    }
    await packer.finish(loaded, options);
  } catch (error) {
    packer.abort();
    throw error;
  }
}

/** Prepares recordings and writes them. */
class Packer implements RecordingSink {
  readonly regroup: RecordingSink['regroup'];
  private writer: PackedWriter | null = null;
  private channels = 0;
  /** The first thing that is wrong; files are read to their ends, as a problem in one of them tells more. */
  private failure: UserError | null = null;
  private hasTimes: boolean | null = null;
  /** Classes of steps, as indices into labels in the order in which they came. */
  private readonly stepLabels = new GrowingNumbers(Int32Array);
  private readonly labels = new Map<string, number>();
  private changing = false;
  private readonly asIs: boolean;

  constructor(
    private readonly path: string,
    private readonly preparation: Preparation,
    scattered: boolean,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.regroup = scattered && { path };
    this.asIs = changesNothing(preparation);
  }

  add(read: ReadRecording): void {
    this.signal?.throwIfAborted();
    if (this.failure !== null) return;
    let prepared: Recordings | null;
    try {
      prepared = this.prepare(read);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.failure = error;
      return;
    }
    this.write(read, prepared);
  }

  async finish(loaded: readonly LoadedFile[], { groups, columns }: PackOptions): Promise<void> {
    if (this.failure !== null) throw this.failure;
    const { preparation, writer } = this;
    const parts = loaded.map(({ recordings }) => withoutValues(recordings));
    const together = concatenate(parts, groups);
    if (writer === null) throw new UserError('the files hold no recordings.', { file: together.files.at(0) });
    const { missing: how } = preparation;
    const isFilled = how === 'interpolate' || how === 'carry-forward';
    await writer.finish({
      recordings: { ...together, ...this.labelsOfSteps(together.classes) },
      numbered: loaded.every(({ numbered }) => numbered),
      missing: isFilled ? 0 : loaded.reduce((sum, { missing }) => sum + missing, 0),
      firstMissing: isFilled ? null : (loaded.find(({ missing }) => missing > 0)?.firstMissing ?? null),
      prepared: preparedBy(preparation, columns),
    });
    this.writer = null;
  }

  abort(): void {
    this.writer?.abort();
    this.writer = null;
  }

  /** The recording as it is to be written, or null where that is as it was read. */
  private prepare(read: ReadRecording): Recordings | null {
    const { times, file } = read;
    this.hasTimes ??= times !== null;
    if (this.hasTimes !== (times !== null) && !read.isPrepared) {
      throw new UserError(
        'some files have times, and others have none; name the time column in all, or in none.',
        { file },
      );
    }
    const isPrepared = this.asIs || read.isPrepared;
    const recording = isPrepared && this.preparation.windows === 'none' ? null : this.recordingOf(read);
    return recording && (isPrepared ? recording : prepareEach(recording, this.preparation));
  }

  private write({ channels, values }: ReadRecording, prepared: Recordings | null): void {
    if (this.writer === null) {
      this.writer = startPacked(this.path, channels);
      this.channels = channels;
    }
    // Which files do not fit together is said once all are read.
    if (channels !== this.channels) return;
    this.writer.append(prepared === null ? values : valuesOf(prepared, 0));
    this.writer.end();
    for (const label of prepared?.stepLabels ?? []) this.stepLabels.push(label);
  }

  private recordingOf({ values, times, stepLabels: runs, ...read }: ReadRecording): Recordings {
    const stepLabels = this.preparation.windows === 'none' ? null : runs;
    const { channels, channelNames } = read;
    const steps = values.length / channels;
    const offsets = Float64Array.of(0, steps);
    const labels = stepLabels && new Int32Array(steps);
    let step = 0;
    for (const { label, steps: run } of stepLabels ?? []) {
      labels?.fill(this.indexOf(label), step, step + run);
      step += run;
    }
    this.changing ||= stepLabels !== null && stepLabels.length > 1;
    return {
      ...{ files: [read.file], channelNames, channels, classes: [], offsets },
      values: memoryValues(values, offsets, channels),
      ...{ labels: Int32Array.of(-1), ids: [read.id], groups: null, splits: null },
      ...{ fileIndices: Int32Array.of(0), lines: Int32Array.of(read.line) },
      ...(times && { times }),
      ...(labels && { stepLabels: labels }),
    };
  }

  private indexOf(label: string): number {
    if (label === '') return -1;
    const known = this.labels.get(label) ?? this.labels.size;
    this.labels.set(label, known);
    return known;
  }

  /** The classes of steps as indices into the classes of the set, where one changes within a recording. */
  private labelsOfSteps(classes: readonly string[]): { stepLabels?: Int32Array } {
    if (!this.changing) return {};
    const final = new Map(classes.map((name, i) => [name, i]));
    const indices = [...this.labels.keys()].map((name) => final.get(name) ?? -1);
    const stepLabels = this.stepLabels.toArray();
    for (let i = 0; i < stepLabels.length; i++)
      if (stepLabels[i] >= 0) stepLabels[i] = indices[stepLabels[i]];
    return { stepLabels };
  }
}
