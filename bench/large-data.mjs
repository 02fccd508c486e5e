// Trains FCN for an epoch on a generated set that is larger than data.memoryLimit, in a process of its own, and reports what packing and
// training took: time, the largest resident memory, and the share of the training in which steps waited for data.
//
//   node bench/large-data.mjs [--gigabytes 5] [--seconds N: interrupt training after so many] [--filters 128,256,128] [--folder DIR]
//
// With few filters an epoch is quick, and there is the least time to make a batch.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { writeLargeSet } from './largeSet.mjs';

const { values: given } = parseArgs({
  options: {
    gigabytes: { type: 'string', default: '5' },
    seconds: { type: 'string' },
    filters: { type: 'string', default: '128,256,128' },
    folder: { type: 'string' },
  },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(given.folder ?? tmpdir(), 'masq-large-'));
try {
  const recordings = writeLargeSet(join(folder, 'set'), Number(given.gigabytes) * 1e9, 1);
  const held = writeLargeSet(join(folder, 'test'), 20e6, 2);
  console.log(
    `${recordings.toLocaleString('en')} recordings to train on, ${held.toLocaleString('en')} to test on`,
  );
  const config = {
    name: 'large',
    data: {
      train: join(folder, 'set.npy'),
      test: join(folder, 'test.npy'),
      validation: 'none',
      memoryLimit: 0.1,
    },
    model: { name: 'fcn', filters: given.filters.split(',').map(Number) },
    train: { epochs: 1, batchSize: 64 },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const prepared = await measure([
    'data',
    'prepare',
    join(folder, 'config.json'),
    '--out',
    join(folder, 'set.masq'),
  ]);
  const size = statSync(join(folder, 'set.masq')).size;
  console.log(
    `packed: ${prepared.seconds.toFixed(0)} s, ${gigabytes(prepared.peakBytes)} resident, a file of ${gigabytes(size)}`,
  );
  const run = join(folder, 'run');
  const trained = await measure(
    ['train', join(folder, 'config.json'), `data.train=${join(folder, 'set.masq')}`, '--run-dir', run],
    given.seconds === undefined ? undefined : 1000 * Number(given.seconds),
  );
  const last = readFileSync(join(run, 'checkpoints/last'), 'utf8').trim();
  const { step, trainSeconds, waitSeconds } = JSON.parse(
    readFileSync(join(run, 'checkpoints', last, 'state/progress.json'), 'utf8'),
  );
  const share = ((100 * waitSeconds) / trainSeconds).toFixed(2);
  console.log(
    `trained: ${step} of ${Math.ceil(recordings / 64)} steps in ${trainSeconds.toFixed(0)} s, ${gigabytes(trained.peakBytes)} resident, ` +
      `waited for data ${waitSeconds.toFixed(2)} s (${share} %); ${trained.seconds.toFixed(0)} s in all`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Runs masq, for so many milliseconds at most, and says how long it took and the most that it had in memory. */
async function measure(args, milliseconds) {
  const began = performance.now();
  const peak = join(folder, 'peak');
  const tell = `import { writeFileSync } from 'node:fs';
    process.on('exit', () => writeFileSync(${JSON.stringify(peak)}, String(1024 * process.resourceUsage().maxRSS)));`;
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(tell)}`, join(root, 'bin/masq.js'), ...args],
    { stdio: 'inherit' },
  );
  const timer = milliseconds === undefined ? undefined : setTimeout(() => child.kill('SIGINT'), milliseconds);
  const [code] = await once(child, 'exit');
  clearTimeout(timer);
  if (code !== 0 && !(code === 130 && milliseconds !== undefined))
    throw new Error(`masq ${args[0]} ended with exit code ${code}`);
  return { seconds: (performance.now() - began) / 1000, peakBytes: Number(readFileSync(peak, 'utf8')) };
}

function gigabytes(bytes) {
  return `${(bytes / 1e9).toPrecision(3)} GB`;
}
