// Recordings that are a file each, read together: those of a folder, or of a table of files.
import { counted } from '../../shared/counted.js';
import { mapBounded } from '../../shared/mapBounded.js';
import { concatenate, doubtfulClasses, equal } from '../combine.js';
import { count, type Recordings } from '../recordings.js';
import { inAllOrNone } from './groupsRead.js';
import { type ProblemList, quote } from './problems.js';
import {
  emptyResult,
  type FoundFormat,
  type MissingValue,
  type ReadOptions,
  type ReadResult,
} from './reader.js';
import { giveTo, type RecordingSink, withoutValues } from './sink.js';

/** Files that are read at once. */
export const AT_ONCE = 16;

/** A file that is one recording, and what is known of it without reading it. */
export interface RecordingFile {
  readonly path: string;
  readonly id: string;
  /** The class; empty where it is unknown, null where only the file itself may tell. */
  readonly label: string | null;
  readonly group: string | null;
  readonly split: string | null;
  /** Of the table that names it; 0 where there is none. */
  readonly line: number;
}

/** How one file is read. */
export type ReadFile = (file: string, options: ReadOptions) => Promise<ReadResult>;

/**
 * Reads files as one set, in their order, whatever order they come in.
 *
 * @param source the folder or the table
 * @param problems found so far
 * @param sink takes the recordings; of many files, few are in memory at once then
 */
export async function readRecordingFiles(
  source: string,
  format: FoundFormat,
  files: readonly RecordingFile[],
  problems: ProblemList,
  options: ReadOptions,
  read: ReadFile,
  sink: RecordingSink | null,
): Promise<ReadResult> {
  const parts: Recordings[] = [];
  let missing = 0;
  let firstMissing: MissingValue | null = null;
  const atOnce = sink === null ? files.length : AT_ONCE;
  let results: ReadResult[] = [];
  for (const [i, file] of files.entries()) {
    if (i % atOnce === 0) {
      results = await mapBounded(files.slice(i, i + atOnce), AT_ONCE, ({ path }) => read(path, options));
    }
    const result = results[i % atOnce];
    const found = result.problems.map((problem) => ({ file: file.path, ...problem }));
    problems.addAll(found, result.problemCount);
    if (result.problemCount > 0) continue;
    const { recordings } = result;
    const part = partOf(file, recordings);
    const wrong = contradictionIn(file, recordings, options) ?? misfit(part, parts.at(0), options);
    if (wrong !== null) {
      problems.add(0, wrong, file.path);
      continue;
    }
    parts.push(sink === null ? part : withoutValues(part));
    if (sink !== null) giveTo(sink, part, false);
    missing += result.missing;
    if (firstMissing === null && result.firstMissing !== null) {
      firstMissing = { ...result.firstMissing, recording: file.id, file: file.path };
    }
  }
  const doubtful = doubtfulClasses(parts);
  if (doubtful !== null) problems.add(0, doubtful.message, doubtful.file);
  if (parts.length === 0 || doubtful !== null) return emptyResult(source, format, problems);
  return {
    format,
    recordings: concatenate(parts, options.groups),
    numbered: false,
    problems: problems.kept,
    problemCount: problems.total,
    missing,
    firstMissing,
  };
}

/** What a file tells of its recording, with what is known without it. */
function partOf({ id, label, group, split }: RecordingFile, recordings: Recordings): Recordings {
  const known = label ?? labelIn(recordings);
  const changes = recordings.stepLabels !== undefined;
  return {
    ...recordings,
    ids: [id],
    ...(!changes && {
      classes: known === '' ? [] : [known],
      labels: Int32Array.of(known === '' ? -1 : 0),
    }),
    groups: groupOf(group, recordings),
    splits: split === null ? recordings.splits : [split],
  };
}

/** By its place, or as the file says; none where these differ, which is a problem where groups are needed. */
function groupOf(group: string | null, { groups: own }: Recordings): readonly string[] | null {
  if (group === null) return own;
  return own === null || own[0] === group ? [group] : null;
}

function labelIn({ labels, classes }: Recordings): string {
  return labels.length === 0 || labels[0] < 0 ? '' : classes[labels[0]];
}

/** What is wrong with a file in itself, or beside what is known without it. */
function contradictionIn(
  { label, group, split }: RecordingFile,
  recordings: Recordings,
  { groups }: ReadOptions,
): string | null {
  if (count(recordings) !== 1) {
    return (
      `the file holds ${counted(count(recordings), 'recording')}, expected one, as files of a folder or a table are. A file of many is ` +
      'named itself, or by a pattern of files.'
    );
  }
  if (label !== null && recordings.stepLabels !== undefined) {
    return `the class changes in the file, but is ${label === '' ? 'unknown' : quote(label)} by its place.`;
  }
  const own = labelIn(recordings);
  if (label !== null && own !== '' && own !== label) {
    return `the class is ${quote(own)} in the file, but ${label === '' ? 'unknown' : quote(label)} by its place.`;
  }
  const [ownGroup, ownSplit] = [recordings.groups?.[0] ?? null, recordings.splits?.[0] ?? null];
  if (groups !== 'optional' && group !== null && ownGroup !== null && ownGroup !== group) {
    return `the group is ${quote(ownGroup)} in the file, but ${quote(group)} in the table.`;
  }
  if (split !== null && ownSplit !== null && ownSplit !== split) {
    return `the split is ${quote(ownSplit)} in the file, but ${quote(split)} in the table.`;
  }
  return null;
}

/** What is different from the first file; null where nothing is. */
function misfit(part: Recordings, first: Recordings | undefined, options: ReadOptions): string | null {
  if (first === undefined) return null;
  const [file] = first.files;
  if (part.channels !== first.channels) {
    return `the file has ${counted(part.channels, 'channel')}, but ${file} has ${first.channels.toLocaleString('en')}.`;
  }
  if (!equal(part.channelNames ?? [], first.channelNames ?? [])) {
    const [names, firstNames] = [part, first].map(
      ({ channelNames }) => channelNames?.join(', ') ?? 'without names',
    );
    return `the channels are ${names}, but those of ${file} are ${firstNames}; all files need the same in the same order.`;
  }
  if ((part.times === undefined) !== (first.times === undefined)) {
    return `the file has ${part.times === undefined ? 'no times' : 'times'}, unlike ${file}.`;
  }
  for (const key of inAllOrNone(options)) {
    if ((part[key] === null) === (first[key] === null)) continue;
    return `the file has ${part[key] === null ? 'no' : 'a'} ${key.slice(0, -1)}, unlike ${file}.`;
  }
  return null;
}
