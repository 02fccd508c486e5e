// The benchmark: masq against stock TensorFlow.js, PyTorch and Keras, interleaved in one run. `npm run bench -- --help`
// shows the options. Tables go to standard output, progress to standard error, everything to bench/results/.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cardOf, presentDevices } from '../dist/engine/cards.js';
import { probeDriver } from '../dist/engine/driver.js';
import { messageOf, UserError } from '../dist/shared/errors.js';
import { writeFileAtomic } from '../dist/shared/node/files.js';
import { commandOf, isPython } from './contenders.mjs';
import { textTable } from './format.mjs';
import { describeMachine } from './machine.mjs';
import { readIntoMemory } from './measure.mjs';
import { optionsFor, readOptions, suffixOf, usage } from './options.mjs';
import { peersPython } from './peers.mjs';
import { followProgress } from './progress.mjs';
import { planStages } from './stages.mjs';
import { predictTables, targetsTable } from './tables.mjs';

try {
  const options = readOptions(process.argv.slice(2), presentDevices());
  if (options.help) console.log(usage);
  else await benchAll(options);
} catch (error) {
  console.error(error instanceof UserError ? error.message : error);
  process.exitCode = error instanceof UserError ? 2 : 1;
}

async function benchAll({ devices, skipped, ...options }) {
  if (skipped !== null) console.error(skipped);
  for (const device of devices) {
    if (devices.length > 1) console.log(`On ${device}\n`);
    await bench(optionsFor(device, options), device);
  }
}

async function bench(options, device) {
  const { settings, out } = options;
  const machine = describeMachine();
  if (machine.loadBefore > 0.3 * machine.cores) {
    console.error(`The machine is busy (load ${machine.loadBefore.toFixed(1)}): times will be too long.`);
  }
  const results = {
    date: new Date().toISOString(),
    machine,
    device,
    card: device === 'cpu' ? null : cardOf(device, probeDriver()),
    settings,
    cells: [],
    zoo: [],
    scaling: [],
    soak: null,
    sweep: null,
    reading: null,
  };
  const folder = await mkdtemp(join(tmpdir(), 'masq-bench-'));
  const tidy = () => rmSync(folder, { recursive: true, force: true });
  // The contenders end by themselves when their standard input does.
  process.once('SIGINT', () => {
    tidy();
    process.exit(130);
  });
  try {
    const host = { folder, device, threads: settings.threads, ...(await findPython(options)) };
    const stages = planStages(options, host, results);
    await readIntoMemory(
      options.contenders
        .filter((name) => !isPython(name) || host.python !== undefined)
        .map((name) => commandOf(name, host)),
    );
    const progress = followProgress(stages);
    for (const { run } of stages) {
      progress.begin();
      const table = await run(progress.report);
      progress.clear();
      print(table);
      if (out !== false) await save(results, out);
    }
    for (const table of predictTables(results.cells)) print(table);
    if (results.cells.length > 0 || results.reading !== null) print(targetsTable(results));
  } finally {
    tidy();
  }
  reportFailures(results);
}

function print(table) {
  console.log(`${textTable(table)}\n`);
}

/** The peers' Pythons for the chosen sections, or the reasons why they cannot be had. */
async function findPython({ contenders, sections }) {
  const python = {};
  if (sections.includes('steps') && contenders.some(isPython)) {
    Object.assign(python, await find('training', 'python', 'noPython'));
  }
  if (sections.includes('reading')) {
    Object.assign(python, await find('reading', 'readingPython', 'noReadingPython'));
  }
  return python;
}

async function find(purpose, found, missing) {
  assertPythonRuns(process.env.MASQ_BENCH_PYTHON);
  try {
    return { [found]: await peersPython(purpose) };
  } catch (error) {
    console.error(`Going on without the peers in ${purpose}: ${messageOf(error)}`);
    return { [missing]: messageOf(error) };
  }
}

/** @throws UserError when the Python that the environment names does not run */
function assertPythonRuns(python) {
  if (!python || spawnSync(python, ['--version']).status === 0) return;
  throw new UserError(
    `MASQ_BENCH_PYTHON is ${python}, which does not run. Name a Python that has PyTorch and TensorFlow, or unset it.`,
  );
}

/** Writes what there is so far, so that an interruption loses only what is being measured. */
async function save(results, out) {
  const { date, machine, device } = results;
  const name = `${date.slice(0, 10)}-${machine.git?.commit.slice(0, 7) ?? machine.versions.masq}${suffixOf(device)}.json`;
  const path = out ?? fileURLToPath(new URL(`results/${name}`, import.meta.url));
  await writeFileAtomic(path, `${JSON.stringify(results, null, 1)}\n`);
}

/** A contender that broke off, unlike one that cannot take part, makes the benchmark fail, at its end. */
function reportFailures({ cells }) {
  for (const { network, workload, entrants } of cells) {
    for (const { name, failed } of entrants) {
      if (failed === undefined) continue;
      console.error(`${network}, ${workload}: ${name} failed: ${failed}\n`);
      process.exitCode = 1;
    }
  }
}
