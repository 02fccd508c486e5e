// Puts the parts that a reader found together into recordings.
import { sortClasses } from '../recordings.js';
import { ProblemList, quote } from './problems.js';
import { addDecimals, checkDecimals, type Decimals } from './decimals.js';
import type { Parts } from './parts.js';
import type { Format, MissingValue, ReadResult } from './reader.js';
import { disorder } from './times.js';

/** What a file says of all its recordings. */
export interface FileHeader {
  readonly format: Format;
  readonly channelNames: readonly string[] | null;
  /** The classes in the order of their indices, or null where they are those that occur. */
  readonly classes: readonly string[] | null;
  /** Whether the ids of parts are positions, as the file has none. Default: whether parts have none. */
  readonly numbered?: boolean;
}

/** What is known of one recording while its parts come in. */
interface Entry {
  readonly id: string;
  readonly line: number;
  readonly label: string;
  readonly group: string | null;
  readonly split: string | null;
  length: number;
  time: number;
  /** Whether label, group or split changed, which is reported once. */
  inconsistent: boolean;
}

/** Takes the parts of a file in their order; parts with the same id are one recording, where parts are not whole. */
export class Collector {
  private readonly blocks: { readonly parts: Parts; readonly owners: readonly number[] }[] = [];
  private readonly entries: Entry[] = [];
  private readonly indices = new Map<string, number>();
  private missing = 0;
  private readonly decimals: Decimals = { mayHaveComma: true, comma: null, point: null };
  private firstMissing: MissingValue | null = null;

  constructor(
    private readonly file: string,
    private readonly problems: ProblemList,
  ) {}

  /** @param linesBefore of the file, before those of the parts */
  add(parts: Parts, linesBefore: number, channelNames: readonly string[] | null): void {
    const found = new ProblemList();
    const owners = parts.lengths.map((_, part) => this.ownerOf(parts, part, linesBefore, found));
    const { firstMissing } = parts;
    for (const [part, owner] of owners.entries()) {
      const entry = this.entries[owner];
      if (firstMissing?.part === part) {
        const { channel, step, line } = firstMissing;
        this.firstMissing ??= {
          line: line + linesBefore,
          recording: entry.id,
          channel: channelNames === null ? String(channel) : quote(channelNames[channel - 1]),
          step: entry.length + step,
        };
      }
      entry.length += parts.lengths[part];
    }
    this.missing += parts.missing;
    if (parts.decimals !== null) addDecimals(this.decimals, parts.decimals, linesBefore);
    const ofValues = parts.problems.map(({ line, message }) => ({ line: line + linesBefore, message }));
    this.problems.addAll(
      [...found.kept, ...ofValues].sort((a, b) => a.line - b.line),
      found.total + parts.problemCount,
    );
    this.blocks.push({ parts, owners });
  }

  private ownerOf(parts: Parts, part: number, linesBefore: number, problems: ProblemList): number {
    const id = parts.ids?.[part] ?? String(this.entries.length);
    const line = parts.lines[part] + linesBefore;
    const time = parts.times?.[part];
    const known = parts.ids === null ? undefined : this.indices.get(id);
    if (known !== undefined && parts.whole) {
      const { line: first } = this.entries[known];
      problems.add(line, `recording ${quote(id)} is on line ${first} already; a recording is one line.`);
    }
    const index = parts.whole ? undefined : known;
    if (index === undefined) {
      const group = parts.groups?.[part] ?? null;
      const split = parts.splits?.[part] ?? null;
      if (group === '') problems.add(line, `recording ${quote(id)}: the group is empty.`);
      if (split === '') problems.add(line, `recording ${quote(id)}: the split is empty.`);
      if (parts.ids !== null) this.indices.set(id, this.entries.length);
      return (
        this.entries.push({
          ...{ id, line, label: parts.labels[part], group, split },
          ...{ length: 0, time: time?.last ?? -Infinity, inconsistent: false },
        }) - 1
      );
    }
    const entry = this.entries[index];
    const wrong =
      changed(entry, parts, part) ?? (time && disorder(entry.time, time.first, time.text, 'rows'));
    if (wrong !== undefined) problems.add(line, `recording ${quote(id)}: ${wrong}`);
    entry.time = time?.last ?? entry.time;
    return index;
  }

  /** The classes that occur. */
  get labels(): ReadonlySet<string> {
    return new Set(this.entries.map(({ label }) => label).filter((label) => label !== ''));
  }

  /** The recordings, each with its steps in the order in which they came. */
  finish({ format, channelNames, classes: declared, ...header }: FileHeader): ReadResult {
    const { entries, problems, file } = this;
    checkDecimals(this.decimals, problems);
    const channels = this.blocks.find(({ parts }) => parts.channels > 0)?.parts.channels ?? 0;
    const offsets = new Float64Array(entries.length + 1);
    for (const [i, { length }] of entries.entries()) offsets[i + 1] = offsets[i] + length;
    const classes = declared ?? sortClasses(this.labels);
    const classIndices = new Map(classes.map((label, i) => [label, i]));
    const column = (of: (entry: Entry) => string | null): string[] | null => {
      const all = entries.map(of).filter((value) => value !== null);
      return all.length === entries.length && all.length > 0 ? all : null;
    };
    return {
      format,
      recordings: {
        ...{ files: [file], channelNames, channels, classes, offsets },
        values: this.gather(offsets, channels),
        labels: Int32Array.from(entries, ({ label }) => classIndices.get(label) ?? -1),
        ids: entries.map(({ id }) => id),
        groups: column(({ group }) => group),
        splits: column(({ split }) => split),
        fileIndices: new Int32Array(entries.length),
        lines: Int32Array.from(entries, ({ line }) => line),
      },
      numbered: header.numbered ?? this.blocks.every(({ parts }) => parts.ids === null),
      problems: problems.kept,
      problemCount: problems.total,
      missing: this.missing,
      firstMissing: this.firstMissing,
    };
  }

  private gather(offsets: Float64Array, channels: number): Float32Array {
    const [{ parts: first, owners } = { parts: null, owners: [] }] = this.blocks;
    if (first !== null && this.blocks.length === 1 && owners.every((owner, part) => owner === part)) {
      return first.values;
    }
    const values = new Float32Array(offsets[offsets.length - 1] * channels);
    const next = offsets.slice();
    for (const { parts, owners } of this.blocks) {
      let from = 0;
      for (const [part, owner] of owners.entries()) {
        const to = from + parts.lengths[part] * channels;
        values.set(parts.values.subarray(from, to), next[owner] * channels);
        next[owner] += parts.lengths[part];
        from = to;
      }
    }
    return values;
  }
}

function changed(entry: Entry, parts: Parts, part: number): string | undefined {
  if (entry.inconsistent) return undefined;
  const now = {
    label: parts.labels[part],
    group: parts.groups?.[part] ?? null,
    split: parts.splits?.[part] ?? null,
  };
  const role = (['label', 'group', 'split'] as const).find((name) => now[name] !== entry[name]);
  if (role === undefined) return undefined;
  entry.inconsistent = true;
  const where = entry.line === 0 ? 'before' : `on line ${entry.line}`;
  return (
    `the ${role} is ${quote(now[role] ?? '')}, but it was ${quote(entry[role] ?? '')} ${where}; ` +
    `a recording has one ${role}.`
  );
}
