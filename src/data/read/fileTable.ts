// Tables of files: a CSV with one row a file, each of which is a recording, and columns for its id, class, group and split.
import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { counted } from '../../shared/counted.js';
import { mapBounded } from '../../shared/mapBounded.js';
import { firstCells, firstRow, readRows, wordsIn } from './csvRows.js';
import { findFileColumn } from './fileTableColumns.js';
import { rolesRead } from './groupsRead.js';
import { CUT_OFF, FatalProblem, type ProblemList, quote } from './problems.js';
import type { ReadOptions } from './reader.js';
import { AT_ONCE, type RecordingFile } from './recordingFiles.js';
import { checkOneRoleEach, findRoles } from './roles.js';
import { openLineOf } from './stretches.js';

/**
 * The files that a table names, in its order. Adds what is wrong with rows to `problems`.
 *
 * @param bytes of the table
 * @param table its path, in whose folder relative ones begin
 * @throws FatalProblem where it names no files
 */
export async function readFileTable(
  bytes: Buffer,
  table: string,
  problems: ProblemList,
  options: ReadOptions,
): Promise<RecordingFile[]> {
  const { cells: header, end, separator } = firstRow(bytes);
  if (header === null) throw new FatalProblem(0, 'the file is empty, expected a header line and rows.');
  const rows = bytes.subarray(end.start);
  const second = firstCells(rows, { separator });
  const file = findFileColumn(header, end.lines, options.format === undefined ? second : null, options);
  if (file < 0) {
    throw new FatalProblem(
      end.lines,
      'no column of files (file, path); name it with data.columns.file in the config of a run.',
    );
  }
  // Times and channels are in the files.
  const columns = { ...options.columns, time: undefined };
  const roles = findRoles(header, end.lines, 'column', wordsIn(second), { ...options, columns });
  const { recording, label: labels } = roles;
  checkOneRoleEach(header, end.lines, 'column', [file, recording, labels, roles.group, roles.split]);
  const { group: groups, split: splits } = rolesRead(roles, options);
  const files: RecordingFile[] = [];
  const lines = { file: new Map<string, number>(), recording: new Map<string, number>() };
  const openLine = openLineOf(bytes);
  readRows(rows, { separator }, problems, (row, lineOfRows) => {
    const line = lineOfRows + end.lines;
    const problem = (message: string): void => {
      problems.add(line, line === openLine ? message + CUT_OFF : message);
    };
    if (row.length !== header.length) {
      problem(`${counted(row.length, 'column')}, expected ${header.length} as in the header.`);
      return;
    }
    const name = row.text(file);
    const id = recording < 0 ? name : row.text(recording);
    if (name === '') {
      problem('the row names no file.');
      return;
    }
    if (id === '') problem('the row does not say which recording it is.');
    const before = { file: lines.file.get(name), recording: lines.recording.get(id) };
    if (before.file !== undefined) problem(`the file ${quote(name)} is on line ${before.file} already.`);
    else if (before.recording !== undefined)
      problem(`recording ${quote(id)} is on line ${before.recording} already.`);
    lines.file.set(name, line);
    lines.recording.set(id, line);
    const group =
      groups < 0 || (row.text(groups) === '' && options.groups === 'optional') ? null : row.text(groups);
    if (group === '') problem(`recording ${quote(id)}: the group is empty.`);
    const split = splits < 0 ? null : row.text(splits);
    if (split === '') problem(`recording ${quote(id)}: the split is empty.`);
    const label = labels < 0 ? null : row.text(labels);
    files.push({
      path: isAbsolute(name) ? name : join(dirname(table), name),
      id,
      label: label === '?' ? '' : label,
      group,
      split,
      line,
    });
  });
  if (files.length === 0 && problems.total === 0)
    throw new FatalProblem(end.lines, 'no rows after the header.');
  const there = await mapBounded(files, AT_ONCE, ({ path }) =>
    stat(path).then(
      (found) => !found.isDirectory(),
      () => false,
    ),
  );
  for (const [i, { path, line }] of files.entries()) {
    if (!there[i]) problems.add(line, `there is no file ${path}.`);
  }
  return files.filter((_, i) => there[i]);
}
