// The parts of a run in order, each of which adds to the results and gives a table.
import { readFileSync } from 'node:fs';
import { models } from '../dist/models/index.js';
import { Unavailable } from './contender-process.mjs';
import { commandOf, isPython } from './contenders.mjs';
import { measureCell } from './measure.mjs';
import { measureReading } from './reading.mjs';
import { soak } from './soak.mjs';
import { measureSweep } from './sweep.mjs';
import {
  absenceTable,
  readingTable,
  scalingTable,
  soakTable,
  sweepTable,
  timesTable,
  zooTable,
} from './tables.mjs';
import { isEpoch, plansOf, workloads, writePlans } from './workloads.mjs';

const networks = JSON.parse(readFileSync(new URL('networks.json', import.meta.url), 'utf8'));

/** Contenders whose growth with size and whose memory over many steps is measured: the first that is chosen. */
const subjects = ['masq', 'masq-eager'];

/** Who is measured on every model of masq, and on what. */
const zooContenders = ['masq', 'masq-bf16'];
const zooWorkload = '64x128x6';

/** Recordings of different lengths, which make batches of several shapes. */
const soakWorkload = { batch: 16, time: 60, channels: 12, recordings: 256 };

/**
 * @param options from `readOptions`
 * @param host `{folder, threads, python | noPython}`: where files go, and how contenders are started
 * @param results `{machine, cells, zoo, scaling, soak, sweep, reading}`, filled in by the stages
 * @returns `[{name, weight, run(report)}]`, `weight` in seconds, roughly
 */
export function planStages(options, host, results) {
  const { networks: chosen, contenders, sections } = options;
  const subject = subjects.find((name) => contenders.includes(name));
  const wants = (section) => sections.includes(section) && (section === 'steps' || subject !== undefined);
  return [
    ...(wants('steps')
      ? chosen.flatMap((network) =>
          options.workloads.map((name) => cellStage(network, name, options, host, results)),
        )
      : []),
    ...(wants('zoo') && contenders.some((name) => zooContenders.includes(name))
      ? Object.keys(models).map((model) => zooStage(model, options, host, results))
      : []),
    ...(wants('scaling')
      ? chosen.map((network) => scalingStage(network, subject, options.settings, host, results))
      : []),
    ...(wants('soak') ? [soakStage(subject, options.settings, host, results)] : []),
    ...(wants('sweep') ? [sweepStage(options.settings, host, results)] : []),
    ...(wants('reading') ? [readingStage(options.settings, host, results)] : []),
  ];
}

/** All contenders on one network and workload. */
function cellStage(network, name, { contenders, settings }, host, results) {
  const epoch = isEpoch(workloads[name]);
  const workload = { ...workloads[name], ...(epoch ? settings.reducedEpoch : {}) };
  const pairs = contenders.flatMap((each) => plansOf(each, workload).map((kind) => [each, kind]));
  const rounds = epoch ? settings.epochRounds : workload.isLong ? settings.longRounds : settings.rounds;
  const run = async (report) => {
    const plans = await writePlans(host.folder, name, workload);
    const entrants = pairs.map(([each, kind]) => entrantOf(each, kind, plans, host));
    const cell = { network: networks[network], entrants, epoch, card: results.card?.uuid };
    const measured = await measureCell(cell, { ...settings, rounds }, report);
    for (const { versions } of measured) Object.assign(results.machine.versions, versions);
    const result = {
      network,
      workload: name,
      shape: workload,
      plans: withoutPaths(plans),
      entrants: measured,
    };
    results.cells.push(result);
    return timesTable(result);
  };
  return { name: `${network} ${name}`, weight: pairs.length * (10 + rounds * (epoch ? 3 : 0.8)), run };
}

/** A model with its published settings and attention, in each precision of masq. */
function zooStage(model, { contenders, settings }, host, results) {
  const names = contenders.filter((name) => zooContenders.includes(name));
  const some = { ...settings, rounds: settings.zooRounds, predictRounds: 1 };
  const run = async (report) => {
    const plans = await writePlans(host.folder, 'zoo', workloads[zooWorkload]);
    const entrants = names.map((name) => entrantOf(name, 'full', plans, host));
    const measured = await measureCell({ network: { body: model }, entrants, epoch: false }, some, report);
    const result = { model, workload: zooWorkload, entrants: measured };
    results.zoo.push(result);
    return zooTable([result]);
  };
  return { name: `model ${model}`, weight: names.length * 15, run };
}

/** Masq by batch size and length. */
function scalingStage(network, subject, settings, host, results) {
  const { batches, times } = settings.scaling;
  const sizes = batches.flatMap((batch) => times.map((time) => ({ batch, time })));
  const few = { ...settings, rounds: settings.scalingRounds, predictRounds: 0 };
  const run = async (report) => {
    const points = [];
    for (const [i, { batch, time }] of sizes.entries()) {
      report(i / sizes.length, `${batch}×${time}`);
      const plans = await writePlans(host.folder, 'scaling', { batch, time, channels: 6 });
      const entrants = [entrantOf(subject, 'full', plans, host)];
      const [result] = await measureCell({ network: networks[network], entrants, epoch: false }, few);
      const { milliseconds, skipped, failed } = result;
      if (milliseconds === undefined) return absenceTable(`${network} by size`, subject, skipped ?? failed);
      points.push({ batch, time, milliseconds });
    }
    const scaling = { name: subject, network, points };
    results.scaling.push(scaling);
    return scalingTable(scaling);
  };
  return { name: `${network} by size`, weight: sizes.length * 8, run };
}

/** Memory of masq over many steps. */
function soakStage(subject, { soakSteps }, host, results) {
  const run = async (report) => {
    const plans = await writePlans(host.folder, 'soak', soakWorkload);
    try {
      results.soak = await soak(
        entrantOf(subject, 'buckets', plans, host),
        networks.small,
        soakSteps,
        report,
      );
      return soakTable(results.soak);
    } catch (error) {
      if (error instanceof Unavailable) return absenceTable('Memory over many steps', subject, error.message);
      throw error;
    }
  };
  return { name: 'memory over many steps', weight: soakSteps / 500, run };
}

/** Studies with one worker and with one for each thread. */
function sweepStage({ sweep, threads }, host, results) {
  const { trials, epochs, rounds } = sweep;
  const run = async (report) => {
    results.sweep = await measureSweep(host.folder, threads, sweep, report);
    return sweepTable(results.sweep);
  };
  return { name: 'studies', weight: 1.6 * rounds * trials * (2 + 0.2 * epochs), run };
}

/** Reading of files. */
function readingStage({ reading }, { folder, readingPython, noReadingPython }, results) {
  const { megabytes, rounds } = reading;
  const run = async (report) => {
    results.reading = await measureReading(folder, readingPython, reading, report);
    for (const { name, version } of results.reading.flatMap(({ entrants }) => entrants))
      if (version !== undefined) results.machine.versions[name] = version;
    return readingTable(results.reading, noReadingPython);
  };
  return { name: 'reading', weight: 0.05 * (megabytes.ts + megabytes.csv) * (1 + rounds), run };
}

function entrantOf(name, kind, plans, host) {
  const skipped = isPython(name) ? host.noPython : undefined;
  return { name, kind, plan: plans[kind], command: commandOf(name, host), skipped };
}

/** What is worth keeping of plans when their files are gone. */
function withoutPaths(plans) {
  return Object.fromEntries(
    Object.entries(plans).map(([kind, plan]) => [kind, { ...plan, path: undefined }]),
  );
}
