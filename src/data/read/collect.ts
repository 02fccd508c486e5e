// Puts the parts that a reader found together into recordings.
import { sortClasses } from '../recordings.js';
import { isNumber, sameNumber, WRITE_ALIKE } from '../sameNumbers.js';
import { memoryValues, sharedFloats } from '../values.js';
import { CUT_OFF, ProblemList, quote } from './problems.js';
import { addDecimals, checkDecimals, type Decimals } from './decimals.js';
import { changed, disorderOf, type Entry, labelOf } from './entry.js';
import type { Parts } from './parts.js';
import type { Format, MissingValue, ReadOptions, ReadResult } from './reader.js';
import { Passing } from './passing.js';
import type { RecordingSink } from './sink.js';

/** What a file says of all its recordings. */
export interface FileHeader {
  readonly format: Format;
  readonly channelNames: readonly string[] | null;
  /** The classes in the order of their indices, or null where they are those that occur. */
  readonly classes: readonly string[] | null;
  /** Whether the ids of parts are positions, as the file has none. Default: whether parts have none. */
  readonly numbered?: boolean;
  /** Whether the class is what a line ends with. Default: no. */
  readonly endsWithClass?: boolean;
}

/** Where parts are in the text of a file. */
interface PartLines {
  /** The number of lines before theirs. */
  readonly before: number;
  /** The one of theirs with which the file ends, where it has no line break and so may lack its end. */
  readonly open: number | null;
}

/** Takes the parts of a file in their order; parts with the same id are one recording, where parts are not whole. */
export class Collector {
  private readonly blocks: { readonly parts: Parts; readonly owners: readonly number[] }[] = [];
  private readonly entries: Entry[] = [];
  private readonly indices = new Map<string, number>();
  private missing = 0;
  /** Where recordings are passed on to, and their values not kept. */
  private readonly passing: Passing | null;
  private channels = 0;
  private allNumbered = true;
  /** Labels, groups and splits, each once. */
  private readonly names = new Map<string, string>();
  /** Rows of recordings that are on another row already, where a recording is one. */
  repeats = 0;
  private readonly decimals: Decimals = { mayHaveComma: true, comma: null, point: null };
  private firstMissing: MissingValue | null = null;
  private openLine: number | null = null;
  /** What stands on that line. */
  private lastRow: { readonly owner: number; readonly label: string; readonly steps: number } | null = null;
  /** Whether a group is empty or changes within a recording; the recordings have none then, where groups are optional. */
  private unclearGroups = false;

  constructor(
    private readonly file: string,
    private readonly problems: ProblemList,
    private readonly options: ReadOptions = {},
    sink: RecordingSink | null = null,
  ) {
    this.passing = sink && new Passing(sink, file, options.labelsPer === 'step', this.entries);
  }

  /** Removes what lies on the disk; nothing comes after it. */
  close(): void {
    this.passing?.close();
  }

  add(parts: Parts, { before: linesBefore, open }: PartLines, channelNames: readonly string[] | null): void {
    const found = new ProblemList();
    const owners: number[] = [];
    for (const part of parts.lengths.keys()) {
      const goesOn = parts.goesOn?.[part] === true;
      owners.push(goesOn ? owners[part - 1] : this.ownerOf(parts, part, linesBefore, found));
    }
    const ofSteps = this.options.labelsPer === 'step';
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
      if (!ofSteps) continue;
      const label = parts.labels[part];
      entry.labelSteps ??= new Map<string, number>();
      entry.labelSteps.set(label, (entry.labelSteps.get(label) ?? 0) + parts.lengths[part]);
    }
    this.missing += parts.missing;
    if (parts.decimals !== null) addDecimals(this.decimals, parts.decimals, linesBefore);
    if (open !== null) {
      this.openLine = open + linesBefore;
      const last = parts.lines.lastIndexOf(open);
      const isRow = last >= 0 && (parts.whole || parts.lengths[last] === 1);
      if (isRow)
        this.lastRow = { owner: owners[last], label: parts.labels[last], steps: parts.lengths[last] };
    }
    const ofValues = parts.problems.map(({ line, message }) => ({ line: line + linesBefore, message }));
    const all = [...found.kept, ...ofValues].map(({ line, message }) => ({
      line,
      message: line === this.openLine ? message + CUT_OFF : message,
    }));
    this.problems.addAll(
      all.sort((a, b) => a.line - b.line),
      found.total + parts.problemCount,
    );
    if (this.channels === 0) this.channels = parts.channels;
    this.allNumbered &&= parts.ids === null;
    if (this.passing === null) this.blocks.push({ parts, owners });
    else this.passing.add(parts, owners, channelNames);
  }

  private ownerOf(parts: Parts, part: number, linesBefore: number, problems: ProblemList): number {
    const id = parts.ids?.[part] ?? String(this.entries.length);
    const line = parts.lines[part] + linesBefore;
    const time = parts.lastTimes?.[part];
    const known = parts.ids === null ? undefined : this.indices.get(id);
    if (known !== undefined && parts.whole) {
      this.repeats++;
      const { line: first } = this.entries[known];
      problems.add(line, `recording ${quote(id)} is on line ${first} already; a recording is one line.`);
    }
    const index = parts.whole ? undefined : known;
    const group = parts.groups?.[part] ?? null;
    this.unclearGroups ||= group === '' || (index !== undefined && group !== this.entries[index].group);
    if (index === undefined) {
      const split = parts.splits?.[part] ?? null;
      if (group === '' && this.options.groups !== 'optional')
        problems.add(line, `recording ${quote(id)}: the group is empty.`);
      if (split === '') problems.add(line, `recording ${quote(id)}: the split is empty.`);
      if (parts.ids !== null) this.indices.set(id, this.entries.length);
      return (
        // A literal without spreads: an object of known fields, of which there may be millions.
        this.entries.push({
          id,
          line,
          label: this.once(parts.labels[part]),
          group: group && this.once(group),
          split: split && this.once(split),
          length: 0,
          time: time ?? -Infinity,
          labelSteps: null,
          inconsistent: false,
        }) - 1
      );
    }
    const entry = this.entries[index];
    const wrong =
      changed(entry, parts, part, this.options) ??
      (this.options.times === 'keep-unordered' ? undefined : disorderOf(entry, parts, part));
    if (wrong !== undefined) problems.add(line, `recording ${quote(id)}: ${wrong}`);
    entry.time = time ?? entry.time;
    return index;
  }

  /** The same string for equal ones, so that recordings do not hold one each. */
  private once(name: string): string {
    const known = this.names.get(name);
    if (known !== undefined) return known;
    this.names.set(name, name);
    return name;
  }

  /** The classes that occur. */
  get labels(): ReadonlySet<string> {
    const labels = new Set(
      this.entries.flatMap(({ label, labelSteps }) => [label, ...(labelSteps?.keys() ?? [])]),
    );
    labels.delete('');
    return labels;
  }

  /** Steps of the longest recording; 0 where there is none. */
  get longest(): number {
    return this.entries.reduce((most, { length }) => Math.max(most, length), 0);
  }

  /** The recordings, each with its steps in the order in which they came. */
  async finish({ format, channelNames, classes: declared, ...header }: FileHeader): Promise<ReadResult> {
    const { entries, problems, file } = this;
    checkDecimals(this.decimals, problems);
    await this.passing?.finish();
    const { channels } = this;
    const offsets = new Float64Array(entries.length + 1);
    for (const [i, { length }] of entries.entries()) offsets[i + 1] = offsets[i] + length;
    const classes = declared ?? sortClasses(this.labels);
    this.checkClasses(classes);
    // A finished run knows its classes.
    const mayBeCut = header.endsWithClass === true && declared === null && this.options.groups !== 'ignore';
    if (mayBeCut) this.checkLastClass(classes);
    const classIndices = new Map(classes.map((label, i) => [label, i]));
    const column = (of: (entry: Entry) => string | null): string[] | null => {
      const all = entries.map(of).filter((value) => value !== null);
      return all.length === entries.length && all.length > 0 ? all : null;
    };
    return {
      format,
      recordings: {
        ...{ files: [file], channelNames, channels, classes, offsets },
        values:
          this.passing === null
            ? memoryValues(
                this.gather(offsets, channels, ({ values }) => values, sharedFloats),
                offsets,
                channels,
              )
            : ({ kind: 'none', channels } as const),
        ...(this.passing === null && {
          ...this.timesOf(offsets),
          ...this.stepLabelsOf(offsets, classIndices),
        }),
        labels: Int32Array.from(entries, (entry) => classIndices.get(labelOf(entry)) ?? -1),
        ids: entries.map(({ id }) => id),
        groups:
          this.unclearGroups && this.options.groups === 'optional' ? null : column(({ group }) => group),
        splits: column(({ split }) => split),
        fileIndices: new Int32Array(entries.length),
        lines: Int32Array.from(entries, ({ line }) => line),
      },
      numbered: header.numbered ?? this.allNumbered,
      problems: problems.kept,
      problemCount: problems.total,
      missing: this.missing,
      firstMissing: this.firstMissing,
    };
  }

  /** Adds a problem where two classes are one number. */
  private checkClasses(classes: readonly string[]): void {
    const same = sameNumber(classes);
    if (same === null) return;
    const firsts = same.map((name) =>
      this.entries.find(({ label, labelSteps }) => label === name || labelSteps?.has(name)),
    );
    const [first, second] = same.map((name, i) => {
      const entry = firsts[i];
      if (entry === undefined) return quote(name);
      return `${quote(name)} (recording ${quote(entry.id)}${entry.line === 0 ? '' : `, line ${entry.line}`})`;
    });
    this.problems.add(
      Math.max(...firsts.map((entry) => entry?.line ?? 0)),
      `the classes ${first} and ${second} are the same number. ${WRITE_ALIKE}`,
    );
  }

  /** Adds a problem where the class with which a file ends within a line is a word found nowhere else, and begins as another does. */
  private checkLastClass(classes: readonly string[]): void {
    const { lastRow, openLine } = this;
    if (lastRow === null || openLine === null || lastRow.label === '' || isNumber(lastRow.label)) return;
    const { owner, label, steps } = lastRow;
    const whole = classes.find((name) => name !== label && name.startsWith(label));
    const stepsOf = (entry: Entry): number =>
      entry.labelSteps?.get(label) ?? (entry.label === label ? entry.length : 0);
    if (whole === undefined || this.entries.reduce((sum, entry) => sum + stepsOf(entry), 0) !== steps) return;
    this.problems.add(
      openLine,
      `only recording ${quote(this.entries[owner].id)} has the class ${quote(label)}, which could be the beginning of ${quote(whole)}.` +
        `${CUT_OFF} If it is whole, end it with a line break.`,
    );
  }

  /** What belongs to steps, `width` numbers each, in the order of the recordings. */
  private gather<Floats extends Float32Array | Float64Array>(
    offsets: Float64Array,
    width: number,
    numbersOf: (parts: Parts) => Floats,
    zeros: (length: number) => Floats,
  ): Floats {
    const [{ parts: first, owners } = { parts: null, owners: [] }] = this.blocks;
    if (first !== null && this.blocks.length === 1 && owners.every((owner, part) => owner === part)) {
      return numbersOf(first);
    }
    const gathered = zeros(offsets[offsets.length - 1] * width);
    this.eachPart(offsets, (parts, part, from, to) => {
      const numbers = numbersOf(parts).subarray(from * width, (from + parts.lengths[part]) * width);
      gathered.set(numbers, to * width);
    });
    return gathered;
  }

  /** Calls `take` for each part, with its first step in its block and among the recordings. */
  private eachPart(
    offsets: Float64Array,
    take: (parts: Parts, part: number, from: number, to: number) => void,
  ): void {
    const next = offsets.slice();
    for (const { parts, owners } of this.blocks) {
      let from = 0;
      for (const [part, owner] of owners.entries()) {
        take(parts, part, from, next[owner]);
        from += parts.lengths[part];
        next[owner] += parts.lengths[part];
      }
    }
  }

  private timesOf(offsets: Float64Array): { times?: Float64Array } {
    const filled = this.blocks.filter(({ parts }) => parts.lengths.length > 0);
    if (filled.length === 0 || filled.some(({ parts }) => parts.stepTimes === null)) return {};
    const none = new Float64Array(0);
    return {
      times: this.gather(
        offsets,
        1,
        ({ stepTimes }) => stepTimes ?? none,
        (length) => new Float64Array(length),
      ),
    };
  }

  private stepLabelsOf(
    offsets: Float64Array,
    classIndices: ReadonlyMap<string, number>,
  ): { stepLabels?: Int32Array } {
    if (!this.entries.some(({ labelSteps }) => (labelSteps?.size ?? 0) > 1)) return {};
    const stepLabels = new Int32Array(offsets[offsets.length - 1]);
    this.eachPart(offsets, ({ labels, lengths }, part, _from, to) => {
      stepLabels.fill(classIndices.get(labels[part]) ?? -1, to, to + lengths[part]);
    });
    return { stepLabels };
  }
}
