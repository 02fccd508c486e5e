// One process of the fuzzer: damages files of a kind, reads each, and tells its parent what is wrong with what comes of it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allValues, readRecordings } from '../../dist/data/index.js';
import { draws } from './damage.mjs';
import { kinds } from './kinds.mjs';

/** Seconds of processor time that a case may take. */
const LONGEST = 2;

/** What no message to a user has in it, but in quotes, brackets and paths: stack traces, and what JavaScript says of programming mistakes. */
const NOT_FOR_USERS =
  /\n\s+at |\b(?:Type|Range|Reference|Syntax)Error\b|undefined|\[object |Cannot read|is not a function|\bNaN\b/;

process.on('message', (task) => {
  run(task).then(
    () => process.disconnect(),
    (error) => {
      throw error;
    },
  );
});

async function run({ kind, seed, from, to, show = false }) {
  const { prepare } = kinds[kind];
  const folder = mkdtempSync(join(tmpdir(), 'masq-fuzz-'));
  const total = { accepted: 0, refused: 0, compared: 0, slowest: 0, memory: 0 };
  try {
    for (let at = from; at < to; at++) {
      if (!show) process.send({ at });
      const random = draws(Math.imul(seed, 0x9e3779b1) ^ Math.imul(at + 1, 0x85ebca6b));
      const {
        file,
        options = {},
        plain,
        read = readRecordings,
        refusals = false,
      } = await prepare(folder, random);
      const began = process.cpuUsage();
      const result = await read(file, { labels: 'optional', ...options });
      const { user, system } = process.cpuUsage(began);
      const seconds = (user + system) / 1e6;
      total.slowest = Math.max(total.slowest, seconds);
      const accepted = result.problemCount === 0;
      total[accepted ? 'accepted' : 'refused']++;
      let failure = wrongForm(result, seconds);
      if (failure === null && (accepted || refusals)) {
        const expected = await plain(result);
        if (expected !== null) {
          total.compared++;
          failure = difference(recordingsOf(result.recordings), expected);
        }
      }
      if (show)
        console.log(
          file,
          failure,
          result.problems,
          JSON.stringify(recordingsOf(result.recordings)).slice(0, 3000),
        );
      else if (failure !== null) process.send({ failure });
    }
    total.memory = Math.round(process.resourceUsage().maxRSS / 1024);
    if (!show) process.send({ total });
  } finally {
    if (!show) rmSync(folder, { recursive: true, force: true });
  }
}

/** What is wrong with a result, whatever the file; null where nothing is. */
function wrongForm({ recordings, problems, problemCount, missing, firstMissing }, seconds) {
  const { offsets, channels, labels, classes, ids, groups, splits, lines } = recordings;
  const values = allValues(recordings);
  const n = labels.length;
  if (seconds > LONGEST) return `takes ${seconds.toFixed(1)} s`;
  if (problemCount < problems.length) return 'fewer problems than are listed';
  for (const { line, message } of problems) {
    if (!Number.isInteger(line) || line < 0) return `a problem on line ${line}`;
    if (message.trim() === '' || message.length > 4000) return `a message of ${message.length} characters`;
    if (NOT_FOR_USERS.test(message.replace(/".*"|\(.*\)|\/\S+/gs, '')))
      return `a message that is not for users: ${message}`;
  }
  if (offsets.length !== n + 1 || values.length !== offsets[n] * channels)
    return 'offsets do not fit the values';
  for (const list of [ids, groups, splits, lines])
    if (list !== null && list.length !== n) return 'a list of another length';
  if (labels.some((label) => label < -1 || label >= classes.length)) return 'a label without a class';
  let absent = 0;
  for (const value of values) {
    if (Number.isNaN(value)) absent++;
    else if (!Number.isFinite(value)) return 'an infinite value';
  }
  if (problemCount > 0) return null;
  if (new Set(ids).size < n) return 'an id twice';
  if (new Set(classes).size < classes.length) return 'a class twice';
  if (n === 0) return 'neither recordings nor a problem';
  if (absent !== missing) return `${absent} values are missing, but ${missing} are told`;
  if (missing > 0 !== (firstMissing !== null)) return 'the first missing value is not told';
  for (let i = 0; i < n; i++) if (offsets[i + 1] <= offsets[i]) return 'a recording without steps';
  return null;
}

/** Recordings as plain readers give them. */
function recordingsOf(recordings) {
  const { offsets, channels, labels, classes, ids, groups, times } = recordings;
  const values = allValues(recordings);
  return ids.map((id, i) => ({
    id,
    label: labels[i] < 0 ? '' : classes[labels[i]],
    group: groups === null ? undefined : groups[i],
    times: times && Array.from(times.subarray(offsets[i], offsets[i + 1])),
    values: Array.from({ length: offsets[i + 1] - offsets[i] }, (_, t) =>
      Array.from(values.subarray((offsets[i] + t) * channels, (offsets[i] + t + 1) * channels)),
    ),
  }));
}

/**
 * How recordings differ from those of a plain reader, which says nothing of ids, labels, groups and times that it leaves out; null where
 * they do not.
 */
function difference(found, expected) {
  if (expected.refused !== undefined) return `accepted, though ${expected.refused}`;
  if (found.length !== expected.length) return `${found.length} recordings, expected ${expected.length}`;
  for (const [i, recording] of found.entries()) {
    for (const key of ['id', 'label', 'group']) {
      const value = expected[i][key];
      if (value !== undefined && recording[key] !== value)
        return `recording ${i}: ${key} ${JSON.stringify(recording[key])}, expected ${JSON.stringify(value)}`;
    }
    const { times, values: steps } = expected[i];
    const late = times?.findIndex((time, t) => time !== recording.times[t]) ?? -1;
    if (late >= 0)
      return `recording ${i}, step ${late}: time ${recording.times[late]}, expected ${times[late]}`;
    if (recording.values.length !== steps.length)
      return `recording ${i}: ${recording.values.length} steps, expected ${steps.length}`;
    for (const [t, step] of recording.values.entries()) {
      if (step.length !== steps[t].length)
        return `recording ${i}: ${step.length} channels, expected ${steps[t].length}`;
      for (const [c, value] of step.entries()) {
        const wanted = Math.fround(steps[t][c]);
        // Zeros of either sign are one number.
        if (value !== wanted && !(Number.isNaN(value) && Number.isNaN(wanted)))
          return `recording ${i}, step ${t}, channel ${c}: ${value}, expected ${wanted}`;
      }
    }
  }
  return null;
}
