// Plain readers of the formats of text: slow, and written for nothing but the usual form of each. They return recordings, say with
// `refused` why a file may not be accepted, or return null where they have no opinion (quotes, comments within lines, odd headers).

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const MISSING = /^(\?|[+-]?nan|na|n\/a|null)$/i;

const refused = (why) => ({ refused: why });

/** A number, NaN where it is missing; undefined for what is no value at all. */
function valueOf(text) {
  const trimmed = text.trim();
  if (MISSING.test(trimmed)) return NaN;
  return NUMBER.test(trimmed) && Number.isFinite(Math.fround(Number(trimmed))) ? Number(trimmed) : undefined;
}

/** Values of a cell of CSV, where nothing is a missing value and a comma may be the decimal one. */
function cellOf(text, separator) {
  if (text.trim() === '') return NaN;
  return valueOf(separator === ',' ? text : text.replace(',', '.'));
}

/** The lines of a text with their numbers; null where it holds something that only careful reading tells apart. */
function linesOf(bytes) {
  if (bytes.some((byte) => byte > 0x7e || (byte < 0x20 && ![0x09, 0x0a, 0x0d].includes(byte)))) return null;
  const text = bytes.toString('latin1');
  return /\r(?!\n)/.test(text) ? null : text.split(/\r?\n/);
}

/** `[channels][time]` as `[time][channels]`. */
const transposed = (rows) => rows[0].map((_, t) => rows.map((row) => row[t]));

/** Channels of a line as `[time][channels]`, or why they are none. */
function channelsOf(texts) {
  const rows = texts.map((text) => text.split(',').map(valueOf));
  if (rows.some((row) => row.some((value) => value === undefined)))
    return refused(`a value is none: ${texts.join(':')}`);
  if (rows.some((row) => row.length !== rows[0].length)) return refused('channels differ in length');
  return { values: transposed(rows) };
}

export function plainTs(bytes) {
  const lines = linesOf(bytes);
  if (lines === null) return null;
  const keys = new Map();
  let at = 0;
  for (; ; at++) {
    if (at === lines.length) return refused('there is no @data');
    const line = lines[at].trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, key, value] = /^@(\S*)\s*(.*)$/.exec(line) ?? [];
    if (key === undefined) return refused(`line ${at + 1} is no key`);
    if (key.toLowerCase() === 'data') break;
    const name = key.toLowerCase().replace(/^dimensions$/, 'dimension');
    if (keys.has(name) && keys.get(name) !== value) return refused(`${key} is given twice`);
    keys.set(name, value);
  }
  const flag = (name) => keys.get(name)?.toLowerCase() === 'true';
  const labelled = /^true\b/i.test(keys.get('classlabel') ?? '');
  const recordings = [];
  for (const line of lines.slice(at + 1)) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const texts = line.split(':');
    const label = labelled ? texts.pop().trim() : '';
    if (texts.length === 0) return refused('a line has no class');
    const channels = flag('timestamps') ? timedChannels(texts) : channelsOf(texts);
    if (channels === null || channels.refused !== undefined) return channels;
    recordings.push({ ...channels, id: String(recordings.length), label: label === '?' ? '' : label });
  }
  const width = keys.get('dimension') ?? recordings[0]?.values[0].length;
  if (recordings.some(({ values }) => values[0].length !== Number(width)))
    return refused('channels differ in number');
  const length = recordings[0]?.values.length;
  if (flag('equallength') && recordings.some(({ values }) => values.length !== length))
    return refused('lengths differ');
  if (
    keys.get('missing')?.toLowerCase() === 'false' &&
    recordings.some(({ values }) => values.flat().some(Number.isNaN))
  )
    return refused('a value is missing');
  return recordings;
}

function timedChannels(texts) {
  const rows = texts.map((text) => {
    const pairs = text.replace(/\s/g, '');
    return /^\([^(),]*,[^(),]*\)(,\([^(),]*,[^(),]*\))*$/.test(pairs)
      ? pairs.slice(1, -1).split('),(')
      : null;
  });
  if (rows.includes(null)) return null;
  const times = rows.map((row) => row.map((pair) => pair.split(',')[0]));
  for (const row of times) if (row.length !== times[0].length) return refused('channels differ in length');
  const numbers = times[0].map(Number);
  if (numbers.some((time, i) => i > 0 && time <= numbers[i - 1])) return refused('times do not ascend');
  return channelsOf(rows.map((row) => row.map((pair) => pair.split(',')[1]).join(',')));
}

export function plainArff(bytes) {
  const lines = linesOf(bytes);
  if (lines === null) return null;
  const start = lines.findIndex((line) => /^\s*@data\s*$/i.test(line));
  if (start < 0) return null;
  const header = lines.slice(0, start).map((line) => line.trim());
  if (header.some((line) => /["'%\\]/.test(line) && !line.startsWith('%'))) return null;
  const attributes = header.filter((line) => /^@attribute\s/i.test(line));
  if (
    !/\{[^{}]*\}$/.test(attributes.at(-1) ?? '') ||
    attributes.filter((line) => line.includes('{')).length > 1
  )
    return null;
  const relational = attributes.filter((line) => /\brelational$/i.test(line)).length;
  if (relational > 1 || (relational === 1 && !/\brelational$/i.test(attributes[0]))) return null;
  const recordings = [];
  for (const line of lines.slice(start + 1)) {
    if (line.trim() === '' || line.trim().startsWith('%')) continue;
    const [, quoted, cells, name] =
      (relational === 1
        ? /^\s*(['"])([^'"%]*)\1\s*,\s*([^\s,'"%{}]+)\s*$/
        : /^\s*()([^'"%{}\t]*),\s*([^\s,'"%{}]+)\s*$/
      ).exec(line) ?? [];
    if (quoted === undefined || /\\(?!n)/.test(cells)) return null;
    const read = channelsOf(relational === 1 ? cells.split('\\n') : [cells]);
    if (read.refused !== undefined) return read;
    if (relational === 0 && read.values.length !== attributes.length - 1)
      return refused('a line has another number of values');
    recordings.push({ ...read, id: String(recordings.length), label: name === '?' ? '' : name });
  }
  if (recordings.some(({ values }) => values[0].length !== recordings[0].values[0].length))
    return refused('channels differ in number');
  return recordings;
}

export function plainUcr(bytes) {
  const lines = linesOf(bytes)?.filter((line) => line.trim() !== '');
  if (lines === undefined) return null;
  const separator = lines[0].includes(',') ? ',' : lines[0].includes('\t') ? '\t' : /[ \t]+/;
  const recordings = [];
  for (const [i, line] of lines.entries()) {
    const texts = (separator instanceof RegExp ? line.trim() : line)
      .split(separator)
      .map((text) => text.trim());
    const name = texts.shift();
    while (texts.length > 0 && /^([+-]?nan)?$/i.test(texts.at(-1))) texts.pop();
    const values = texts.map((text) => (text === '' ? NaN : valueOf(text)));
    if (values.includes(undefined)) return refused(`a value on line ${i + 1} is none`);
    if (values.length === 0) return refused(`line ${i + 1} has no values`);
    const label = name === '' || MISSING.test(name) ? '' : Number(name);
    if (Number.isNaN(label)) return refused(`the class on line ${i + 1} is no number`);
    const exact = label === '' || Math.abs(label) <= Number.MAX_SAFE_INTEGER;
    recordings.push({
      id: String(i),
      label: exact ? String(label) : undefined,
      values: values.map((value) => [value]),
    });
  }
  return recordings;
}

/** What a CSV has for header and rows, split at `separator`; null where it is no plain text of this one separator. */
function rowsOf(bytes, separator) {
  const lines = linesOf(bytes)?.filter((line) =>
    line.split(separator === ' ' ? /\s+/ : separator).some((cell) => cell.trim() !== ''),
  );
  if (lines === undefined || lines.length < 2 || bytes.includes('"')) return null;
  const others = [',', ';', '\t', '|'].filter((other) => other !== separator);
  if (others.some((other) => lines[0].includes(other)) || !lines[0].includes(separator)) return null;
  const rows = lines.map((line) =>
    (separator === ' ' ? line.trim().split(/[ \t]+/) : line.split(separator)).map((cell) => cell.trim()),
  );
  // A row of numbers may be no header, and separators are told by the second line, too.
  if (rows[0].every((cell) => cell === '' || valueOf(cell.replace(',', '.')) !== undefined)) return null;
  const wrong = rows.findIndex((row) => row.length !== rows[0].length);
  if (wrong === 1) return null;
  if (wrong > 1) return refused(`row ${wrong} has ${rows[wrong].length} cells`);
  return rows;
}

/** Positions by the usual headers; null where one could be two things. */
function rolesOf(header) {
  const named = (...names) => header.flatMap((name, i) => (names.includes(name.toLowerCase()) ? [i] : []));
  const found = {
    id: named('recording_id', 'recording', 'id'),
    time: named('t', 'time', 'timestamp'),
    label: named('label', 'class'),
    group: named('subject', 'group'),
  };
  if (named('split').length > 0 || Object.values(found).some((positions) => positions.length > 1))
    return null;
  const roles = Object.fromEntries(
    Object.entries(found).map(([role, positions]) => [role, positions.at(0) ?? -1]),
  );
  return { ...roles, others: [...header.keys()].filter((i) => !Object.values(roles).includes(i)) };
}

const nameOf = (text) => (text === '?' ? '' : text);

/** A time as a number; null for what only careful reading tells. */
const numericTime = (text) => (NUMBER.test(text.replace(',', '.')) ? Number(text.replace(',', '.')) : null);

/** Seconds since 1970 of a date, as far as JavaScript's calendar has it, undefined for one that is not in it; null for other texts. */
export function dateTime(text) {
  const parts = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.exec(
    text,
  );
  if (parts === null || Number(parts[1]) < 100 || parts[4] === '24') return null;
  const numbers = parts.slice(1, 7).map((part) => Number(part ?? 0));
  const [year, month, day, hour, minute, second] = numbers;
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const found = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  const ofDay = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  if ([...found, ...ofDay].some((number, i) => number !== numbers[i])) return undefined;
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(parts[8] ?? '') ?? [];
  if (hours >= 24 || minutes >= 60) return undefined;
  const zone = sign === undefined ? 0 : Number(`${sign}1`) * (3600 * hours + 60 * minutes);
  return date.getTime() / 1000 + Number(parts[7] ?? 0) - zone;
}

export function plainLongCsv(bytes, separator, timeOf = numericTime) {
  const rows = rowsOf(bytes, separator);
  if (rows === null || rows.refused !== undefined) return rows;
  const [header, ...steps] = rows;
  const roles = rolesOf(header);
  if (
    roles === null ||
    roles.id < 0 ||
    (roles.time >= 0 && steps.some((row) => timeOf(row[roles.time]) === null))
  )
    return null;
  const recordings = new Map();
  for (const row of steps) {
    const id = row[roles.id];
    if (id === '') return refused('a row does not say which recording it is of');
    const values = roles.others.map((i) => cellOf(row[i], separator));
    if (values.includes(undefined)) return refused(`a value is none: ${row.join(' ')}`);
    const label = roles.label < 0 ? '' : nameOf(row[roles.label]);
    const group = roles.group < 0 ? undefined : row[roles.group];
    const time = roles.time < 0 ? null : timeOf(row[roles.time]);
    if (time === undefined) return refused(`there is no time ${row[roles.time]}`);
    const recording = recordings.get(id);
    if (recording === undefined) recordings.set(id, { id, label, group, values: [values], times: [time] });
    else {
      if (recording.label !== label || recording.group !== group)
        return refused(`recording ${id} has two classes or groups`);
      if (time !== null && time <= recording.times.at(-1))
        return refused(`times of recording ${id} do not ascend`);
      recording.values.push(values);
      recording.times.push(time);
    }
  }
  return [...recordings.values()].map(({ times, ...recording }) =>
    roles.time < 0 || timeOf === numericTime ? recording : { ...recording, times },
  );
}

export function plainWideCsv(bytes, separator) {
  const rows = rowsOf(bytes, separator);
  if (rows === null || rows.refused !== undefined) return rows;
  const roles = rolesOf(rows[0]);
  if (roles === null) return null;
  const channels = new Map();
  for (const i of roles.others) {
    const [, name] = /^(.*?)[-_. ]*\d+$/.exec(rows[0][i]) ?? [];
    if (name === undefined) return null;
    channels.set(name, [...(channels.get(name) ?? []), i]);
  }
  const recordings = [];
  for (const [at, row] of rows.slice(1).entries()) {
    const cells = transposed([...channels.values()].map((positions) => positions.map((i) => row[i])));
    while (cells.length > 0 && cells.at(-1).every((cell) => cell === '')) cells.pop();
    if (cells.length === 0) return refused('a recording is empty');
    const values = cells.map((step) => step.map((cell) => cellOf(cell, separator)));
    if (values.flat().includes(undefined)) return refused(`a value is none: ${row.join(' ')}`);
    recordings.push({
      id: roles.id < 0 ? String(at) : row[roles.id],
      label: roles.label < 0 ? '' : nameOf(row[roles.label]),
      group: roles.group < 0 ? undefined : row[roles.group],
      values,
    });
  }
  return recordings;
}

export function plainJsonLines(bytes) {
  const text = bytes.toString('utf8');
  if (text.includes('\ufffd') || text.startsWith('\ufeff')) return null;
  let channels;
  const recordings = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    let object;
    try {
      object = JSON.parse(line);
    } catch {
      return refused(`line ${i + 1} is no JSON`);
    }
    if (typeof object !== 'object' || object === null || Array.isArray(object))
      return refused(`line ${i + 1} is no object`);
    const keys = Object.keys(object);
    // Numbers as keys come first in an object of JavaScript.
    if (keys.some((key) => /^\d+$/.test(key))) return null;
    const roles = rolesOf(keys);
    if (roles === null) return null;
    channels ??= roles.others.map((at) => keys[at]).filter((key) => Array.isArray(object[key]));
    const lists = channels.map((key) => object[key]);
    if (lists.length === 0 || !lists.every(Array.isArray)) return refused(`line ${i + 1} lacks a channel`);
    const isTable = lists.length === 1 && lists[0].some(Array.isArray);
    if (lists.some((list) => list.length !== lists[0].length))
      return refused(`channels on line ${i + 1} differ in length`);
    const steps = isTable ? lists[0] : transposed(lists);
    if (!steps.every((step) => Array.isArray(step) && step.length === steps[0].length))
      return refused(`steps on line ${i + 1} differ`);
    if (
      steps
        .flat()
        .some(
          (value) => value !== null && !Number.isFinite(Math.fround(typeof value === 'number' ? value : NaN)),
        )
    )
      return refused(`a value on line ${i + 1} is none`);
    const label = roles.label < 0 ? null : object[keys[roles.label]];
    const id = roles.id < 0 ? recordings.length : object[keys[roles.id]];
    recordings.push({
      id:
        typeof id === 'boolean' || (typeof id === 'number' && !Number.isSafeInteger(id))
          ? undefined
          : String(id),
      label: typeof label === 'number' && !Number.isSafeInteger(label) ? undefined : labelText(label),
      values: steps.map((step) => step.map((value) => value ?? NaN)),
    });
  }
  return recordings;
}

function labelText(label) {
  if (label === null || label === '?') return '';
  if (typeof label === 'boolean') return label ? 'True' : 'False';
  return String(label);
}
