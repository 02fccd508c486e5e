// `masq data describe`: what is in data files, and what is wrong with them.
import { stat } from 'node:fs/promises';
import {
  archiveFiles,
  describeFiles,
  type DataDescription,
  type DescribedSet,
  type EmptyEnds,
  describePair,
  expandPatterns,
  type FileDescription,
  type FileRepetition,
  type LengthBin,
  type Load,
  readingFor,
  type ReadOptions,
} from '../data/index.js';
import { counted } from '../shared/counted.js';
import { UserError } from '../shared/errors.js';
import { groupsOfTest, reviewData } from '../train/index.js';
import type { CommandContext, DataArguments } from './context.js';
import { dataSource, type DataSource } from './dataSource.js';
import { formatBytes } from '../shared/formatBytes.js';
import { formatTable, lineWidth } from './output.js';

/** Files from this size on take a moment to read, and are announced. */
const LARGE = 50e6;
/** Names of classes, groups or channels listed before the others are only counted. */
const LISTED = 20;
const BAR_WIDTH = 40;

/** Throws a UserError, after everything is printed, where a file cannot be read or something is wrong in it. */
export async function run({ files, format, json }: DataArguments, context: CommandContext): Promise<void> {
  const source = await dataSource(files, format);
  const { resolved } = source;
  let warnings: string[] = [];
  const use = async (load: Load): Promise<void> => {
    if (resolved !== null) warnings = await reviewData(resolved, load);
  };
  const described = await describeFiles(await setsOf(source), {
    before: (file: string) => announce(file, context),
    after: (description: FileDescription) => {
      if (!json) context.out(tablesOf(description));
    },
    ...(resolved !== null && { use }),
  });
  const document = resolved === null ? described : { ...described, warnings };
  const found = json ? JSON.stringify(document, null, 2) : formatSearch(described);
  if (found !== '') context.out(found);
  for (const warning of json ? [] : warnings) context.warn(warning);
  const wrong = described.files.filter(({ problems }) => problems.length > 0).map(({ file }) => file);
  if (wrong.length > 0) throw new UserError(`Problems found in ${wrong.join(', ')}.`);
}

/** What to describe, read with its times: files as they are named, or the training and test data of a config as its run reads them. */
async function setsOf({ train, test, columns, format, resolved }: DataSource): Promise<DescribedSet[]> {
  if (resolved === null) {
    const files = (await Promise.all((await expandPatterns(train)).map(archiveFiles))).flat();
    return [{ name: 'files', files, reading: { format }, preparation: null }];
  }
  const { data: preparation } = resolved;
  const { times, labelsPer } = readingFor(preparation);
  const reading: ReadOptions = {
    columns,
    format,
    labelsPer,
    times: times === 'keep-unordered' ? times : 'keep',
  };
  const set = async (
    name: string,
    files: readonly string[],
    groups: ReadOptions['groups'],
  ): Promise<DescribedSet> => ({
    ...{ name, files: await expandPatterns(files), reading: { ...reading, groups }, preparation },
  });
  return [await set('data.train', train, 'read'), await set('data.test', test, groupsOfTest(resolved.data))];
}

async function announce(file: string, { info }: CommandContext): Promise<void> {
  // Whatever keeps the size from being known is described with the file.
  const bytes = await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
  if (bytes >= LARGE) info(`Reading ${file} (${formatBytes(bytes)})`);
}

/** Tables for people. Their first column is empty: it indents. */
function tablesOf(description: FileDescription): string {
  const { file, format, recordings, histogram, missing, emptyEnds, problems } = description;
  const rows = [['', 'format', format ?? 'unknown']];
  if (recordings > 0) rows.push(...contentRows(description).map((row) => ['', ...row]));
  const isUnread = format === null || (recordings === 0 && problems.length > 0);
  if (!isUnread) rows.push(['', 'missing values', missing === 0 ? 'none' : String(missing)]);
  if (emptyEnds.recordings > 0) rows.push(['', 'empty ends', describeEmptyEnds(emptyEnds)]);
  if (problems.length === 0) rows.push(['', 'problems', 'none']);
  const parts = [file, formatTable(rows)];
  if (histogram.length > 1)
    parts.push(
      formatTable(histogramRows(histogram), { head: ['', 'steps', 'recordings', ''], right: [1, 2] }),
    );
  parts.push(...groupTable(description));
  if (problems.length > 0) {
    const found = problems.map(({ line, message }) => ['  ', line === 0 ? 'file' : `line ${line}`, message]);
    parts.push('  problems', formatTable(found));
  }
  return `${parts.join('\n')}\n`;
}

function contentRows(description: FileDescription): string[][] {
  const { recordings, channels, channelNames, lengths, classes, unlabelled } = description;
  const { groups, splits, intervals, mayBeTransposed, prepared } = description;
  const steps =
    lengths.min === lengths.max
      ? `${counted(lengths.min, 'step')} each`
      : `${lengths.min} to ${lengths.max} steps, median ${lengths.median}`;
  const rows = [
    ...(prepared === null ? [] : [['prepared', prepared]]),
    ['recordings', String(recordings)],
    ['channels', channelNames === null ? String(channels) : `${channels}: ${shorten(channelNames)}`],
    ...(mayBeTransposed ? [['', 'more than steps: could the axes be [recordings, channels, time]?']] : []),
    ['lengths', steps],
  ];
  if (intervals !== null) rows.push(['time', describeIntervals(intervals)]);
  const ofSteps = description.classesOf === 'steps';
  rows.push([ofSteps ? 'classes (steps)' : 'classes', tally(classes)], ...balanceRows(description));
  if (unlabelled > 0) rows.push([ofSteps ? 'steps without a label' : 'without a label', String(unlabelled)]);
  if (groups !== null) rows.push(['groups', tally(groups)]);
  if (splits !== null) rows.push(['splits', tally(splits)]);
  return [...rows, ...channelRows(description)];
}

/** Shares of the largest and the smallest class, and how many times larger the one is. */
function balanceRows({ classes, classesOf }: FileDescription): string[][] {
  const entries = Object.entries(classes);
  const all = entries.reduce((sum, [, n]) => sum + n, 0);
  if (entries.length < 2 || all === 0) return [];
  const [[largest, most], [smallest, fewest]] = [
    entries.reduce((a, b) => (b[1] > a[1] ? b : a)),
    entries.reduce((a, b) => (b[1] < a[1] ? b : a)),
  ];
  const percent = (n: number): string => `${((100 * n) / all).toFixed(1)} %`;
  if (most === fewest) return [['balance', `equal, ${percent(most)} each`]];
  const none = `which has no ${classesOf === 'steps' ? 'step' : 'recording'}`;
  const ratio = fewest === 0 ? none : `ratio ${(most / fewest).toPrecision(3)}`;
  return [
    ['balance', `largest ${largest} (${percent(most)}), smallest ${smallest} (${percent(fewest)}), ${ratio}`],
  ];
}

function channelRows(description: FileDescription): string[][] {
  const nearly = description.nearConstantChannels.map(
    ({ channel, value, share }) => `${channel} (${value} in ${(Math.floor(1000 * share) / 10).toFixed(1)} %)`,
  );
  const { constantWithinChannels, risingChannels, coarseChannels, channelNames, classes } = description;
  const lacksClasses = channelNames !== null && Object.keys(classes).length === 0;
  const otherThanSignal = lacksClasses ? 'an id, or the class: data.columns.label' : 'an id';
  const rows = [
    ['empty channels', shorten(description.emptyChannels)],
    ['constant channels', shorten(description.constantChannels)],
    ['nearly constant', shorten(nearly)],
    ['constant in each recording', shorten(constantWithinChannels), ` (could be ${otherThanSignal})`],
    ['rising in each recording', shorten(risingChannels), ' (could be a time)'],
    ['too large for float32', shorten(coarseChannels), ' (rounded; could be a time or an id)'],
  ];
  return rows.flatMap(([title, names, note = '']) => (names === '' ? [] : [[title, names + note]]));
}

/** How many recordings, or steps, of each class a group has, where that fits. */
function groupTable({ groupClasses, classes, classesOf }: FileDescription): string[] {
  const names = Object.keys(classes);
  const groups = Object.entries(groupClasses ?? {});
  if (groups.length === 0 || groups.length > LISTED || names.length < 2) return [];
  const rows = groups.map(([group, counts]) => [
    '',
    group,
    ...names.map((name) => String(Object.hasOwn(counts, name) ? counts[name] : 0)),
    '',
  ]);
  const table = formatTable(rows, {
    head: ['', classesOf === 'steps' ? 'group (steps)' : 'group', ...names, ''],
    right: names.map((_, i) => i + 2),
  });
  return table.split('\n').every((line) => line.length <= lineWidth) ? [table] : [];
}

/** What the search for repetitions found, and where it was not possible. */
function formatSearch({ files, repetitions, notSearched }: DataDescription): string {
  const isSearched = files.some(({ file, recordings }) => recordings > 0 && !notSearched.includes(file));
  const lines = isSearched ? [formatRepetitions(repetitions)] : [];
  if (notSearched.length > 0) {
    const whose = notSearched.length === 1 ? 'its' : 'their';
    lines.push(`Not searched, as ${whose} values are damaged: ${notSearched.join(', ')}.`);
  }
  return lines.join('\n');
}

function formatRepetitions(repetitions: readonly FileRepetition[]): string {
  if (repetitions.length === 0) return 'No recording occurs twice.';
  const lines = repetitions.map(({ files: [earlier, later], recordings, otherClass, first }) => {
    const isOne = recordings === 1;
    const within = isOne ? 'repeats an earlier one' : 'repeat an earlier one';
    const where = earlier === later ? within : `${isOne ? 'is' : 'are'} in ${earlier} too`;
    const classes = otherClass === 0 ? '' : `, ${otherClass.toLocaleString('en')} with another class`;
    const many = counted(recordings, 'recording');
    return ['  ', `${later}: ${many} ${where}${classes}. First: ${describePair(first)}.`];
  });
  return `Recordings that occur more than once\n${formatTable(lines)}`;
}

function describeEmptyEnds({ recordings, steps }: EmptyEnds): string {
  const many = `${counted(steps, 'step')} in ${counted(recordings, 'recording')}`;
  return `${many} (padding? leave it out, or save lengths)`;
}

function describeIntervals({ min, median, max, gaps }: NonNullable<FileDescription['intervals']>): string {
  const long = gaps === 0 ? '' : `; ${gaps} more than three times as long`;
  return min === max
    ? `${median} from step to step`
    : `${min} to ${max} from step to step, median ${median}${long}`;
}

function histogramRows(histogram: readonly LengthBin[]): string[][] {
  const tallest = Math.max(...histogram.map(({ recordings }) => recordings));
  return histogram.map(({ from, to, recordings }) => {
    const bar = '█'.repeat(Math.ceil((recordings / tallest) * BAR_WIDTH));
    return ['', from === to ? String(from) : `${from} to ${to}`, String(recordings), bar];
  });
}

function tally(counts: Readonly<Record<string, number>>): string {
  const names = Object.entries(counts).map(([name, n]) => `${name} (${n})`);
  return names.length === 0 ? 'none' : `${names.length}: ${shorten(names)}`;
}

function shorten(names: readonly string[]): string {
  const others = names.length - LISTED;
  return names.slice(0, LISTED).join(', ') + (others > 0 ? ` and ${others} more` : '');
}
