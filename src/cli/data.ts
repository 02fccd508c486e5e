// `masq data describe`: what is in data files, and what is wrong with them.
import { stat } from 'node:fs/promises';
import { describeFile, expandPatterns, type FileDescription, type LengthBin } from '../data/index.js';
import { UserError } from '../shared/errors.js';
import type { CommandContext, DataArguments } from './context.js';
import { formatBytes, formatTable } from './output.js';

/** Files from this size on take a moment to read, and are announced. */
const LARGE = 50e6;
/** Names of classes, groups or channels listed before the others are only counted. */
const LISTED = 20;
const BAR_WIDTH = 40;

/** Throws a UserError, after everything is printed, where a file cannot be read or something is wrong in it. */
export async function run({ files, format, json }: DataArguments, context: CommandContext): Promise<void> {
  const descriptions: FileDescription[] = [];
  for (const file of await expandPatterns(files)) {
    await announce(file, context);
    const description = await describeFile(file, { format });
    descriptions.push(description);
    if (!json) context.out(tablesOf(description));
  }
  if (json) context.out(JSON.stringify({ files: descriptions }, null, 2));
  const wrong = descriptions.filter(({ problems }) => problems.length > 0).map(({ file }) => file);
  if (wrong.length > 0) throw new UserError(`Problems found in ${wrong.join(', ')}.`);
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
  const { file, format, recordings, histogram, missing, problems } = description;
  const rows = [['', 'format', format ?? 'unknown']];
  if (recordings > 0) rows.push(...contentRows(description).map((row) => ['', ...row]));
  if (format !== null) rows.push(['', 'missing values', missing === 0 ? 'none' : String(missing)]);
  if (problems.length === 0) rows.push(['', 'problems', 'none']);
  const parts = [file, formatTable(rows)];
  if (histogram.length > 1)
    parts.push(
      formatTable(histogramRows(histogram), { head: ['', 'steps', 'recordings', ''], right: [1, 2] }),
    );
  if (problems.length > 0) {
    const found = problems.map(({ line, message }) => ['  ', line === 0 ? 'file' : `line ${line}`, message]);
    parts.push('  problems', formatTable(found));
  }
  return `${parts.join('\n')}\n`;
}

function contentRows(description: FileDescription): string[][] {
  const { recordings, channels, channelNames, lengths, classes, unlabelled } = description;
  const { groups, splits, constantChannels, intervals } = description;
  const steps =
    lengths.min === lengths.max
      ? `${lengths.min} steps each`
      : `${lengths.min} to ${lengths.max} steps, median ${lengths.median}`;
  const rows = [
    ['recordings', String(recordings)],
    ['channels', channelNames === null ? String(channels) : `${channels}: ${shorten(channelNames)}`],
    ['lengths', steps],
  ];
  if (intervals !== null) rows.push(['time', describeIntervals(intervals)]);
  rows.push(['classes', tally(classes)]);
  if (unlabelled > 0) rows.push(['without a label', String(unlabelled)]);
  if (groups !== null) rows.push(['groups', tally(groups)]);
  if (splits !== null) rows.push(['splits', tally(splits)]);
  if (constantChannels.length > 0) rows.push(['constant channels', shorten(constantChannels)]);
  return rows;
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
