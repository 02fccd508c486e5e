// Reading files: masq against aeon's loader of `.ts` and against pandas, each time in a process of its own that reports how long reading
// took, without its start, and its largest resident memory.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { randomNumbers } from './random.mjs';
import { summarize } from './statistics.mjs';

/** The files, and who reads each besides masq. */
export const files = {
  ts: { peer: 'aeon', write: writeTs },
  csv: { peer: 'pandas', write: writeCsv },
};

/**
 * Every contender in turn, `rounds` times, on each kind of file.
 *
 * @param folder where files go; they are removed
 * @param settings `{megabytes: {ts, csv}, rounds}`
 * @param python the peers' Python, or undefined: masq alone
 * @returns `[{kind, bytes, entrants: [{name, version, milliseconds, peakBytes}]}]`; masq tells no version
 * @throws Error when a contender fails, or when two do not read the same
 */
export async function measureReading(folder, python, { megabytes, rounds }, report = () => undefined) {
  const results = [];
  for (const [i, kind] of Object.keys(files).entries()) {
    const path = join(folder, `generated.${kind}`);
    report(i / 2, `writing ${megabytes[kind]} MB`);
    const bytes = await files[kind].write(path, megabytes[kind] * 1e6);
    const names = ['masq', ...(python === undefined ? [] : [files[kind].peer])];
    const times = names.map(() => []);
    const peaks = names.map(() => []);
    const versions = [];
    for (let round = 0; round < rounds; round++) {
      const contents = [];
      for (const [at, name] of names.entries()) {
        report((i + (round + at / names.length) / rounds) / 2, `${kind} by ${name}`);
        const { version, milliseconds, peakBytes, ...content } = await read(name, path, python);
        versions[at] = version;
        times[at].push(milliseconds);
        peaks[at].push(peakBytes);
        contents.push(content);
      }
      checkSame(names, contents);
    }
    await rm(path);
    const entrants = names.map((name, at) => ({
      name,
      version: versions[at],
      milliseconds: summarize(times[at]),
      peakBytes: summarize(peaks[at]).median,
    }));
    results.push({ kind, bytes, entrants });
  }
  return results;
}

/** A contender reads a file and says what it found: recordings, steps of all, and the sum of all values. */
async function read(name, path, python) {
  const script = fileURLToPath(
    new URL(`contenders/${name === 'masq' ? 'read-masq.mjs' : 'read_peers.py'}`, import.meta.url),
  );
  const program = name === 'masq' ? process.execPath : python;
  const child = spawn(program, [script, name, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`${name} ended with code ${status} while it read ${path}.`);
  return JSON.parse(text);
}

function checkSame([first, ...names], [expected, ...others]) {
  for (const [i, { recordings, steps, sum }] of others.entries()) {
    const same =
      recordings === expected.recordings &&
      steps === expected.steps &&
      Math.abs(sum - expected.sum) < 1e-6 * steps;
    if (!same) throw new Error(`${names[i]} and ${first} do not read the same from the file.`);
  }
}

/** Recordings of 64 to 191 steps of six channels and four classes. */
function writeTs(path, bytes) {
  const { uniform } = randomNumbers(1);
  const header = '@problemName generated\n@timeStamps false\n@missing false\n@univariate false\n@dimensions 6\n' +
    '@equalLength false\n@classLabel true a b c d\n@data\n'; // prettier-ignore
  return writeFile(path, bytes, header, () => {
    const steps = 64 + Math.floor(128 * uniform());
    const channels = Array.from({ length: 6 }, () =>
      Array.from({ length: steps }, () => (4 * uniform() - 2).toFixed(6)).join(','),
    );
    return `${channels.join(':')}:${'abcd'[Math.floor(4 * uniform())]}\n`;
  });
}

/** Recordings of 600 to 999 steps of three channels, a row each, with time, class and subject: some 60 bytes a row. */
function writeCsv(path, bytes) {
  const { uniform } = randomNumbers(2);
  let recording = 0;
  return writeFile(path, bytes, 'recording_id,t,label,subject,x,y,z\n', () => {
    const id = `rec${String(recording++).padStart(5, '0')}`;
    const label = ['walking', 'running', 'sitting'][Math.floor(3 * uniform())];
    const rows = Array.from({ length: 600 + Math.floor(400 * uniform()) }, (_, step) => {
      const values = Array.from({ length: 3 }, () => (4 * uniform() - 2).toFixed(8));
      return `${id},${(0.02 * step).toFixed(2)},${label},s${recording % 30},${values.join(',')}\n`;
    });
    return rows.join('');
  });
}

/** Writes a header and then what `next` gives until the file is large enough. Returns its bytes. */
async function writeFile(path, atLeast, header, next) {
  const out = createWriteStream(path);
  let bytes = header.length;
  out.write(header);
  while (bytes < atLeast) {
    const text = next();
    bytes += text.length;
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end();
  await finished(out);
  return bytes;
}
