// The command line of the benchmark.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { UserError } from '../dist/shared/errors.js';
import { contenders, contendersOf } from './contenders.mjs';
import { workloads, workloadsOf } from './workloads.mjs';

/** Networks that are measured by default. */
const networks = ['fcn', 'resnet', 'inception'];
const sections = ['steps', 'zoo', 'scaling', 'soak', 'sweep', 'reading'];

export const usage = `npm run bench -- [options]

  --models A,B        ${networks.join(', ')}
  --workloads A,B     ${Object.keys(workloads).join(', ')}
  --contenders A,B    ${Object.keys(contenders).join(', ')}
  --sections A,B      ${sections.join(', ')} (zoo: every model of masq by itself;
                      sweep: studies with one worker and with several;
                      reading: files, against aeon and pandas)
  --rounds N          turns of each contender (default 9; fewer where they take long)
  --device A,B        cpu, gpu:0, … (default: each that is present; all contenders
                      compute there, one device after the other, each with a results file; sweep and
                      reading are of the processor)
  --threads N         threads of every contender (default: one for each processor)
  --quick             tiny settings that only show that everything works; writes no results unless --out is given
  --out FILE          results file (default bench/results/<date>-<commit>.json)

MASQ_BENCH_PYTHON names a Python with PyTorch and TensorFlow; without it they are installed into masq's cache.`;

/** Settings beside the choice of what is measured: a burst is at least so many steps and so long. */
const careful = {
  rounds: 9,
  /** Of workloads that take long. */
  longRounds: 7,
  /** Of epochs: a turn is an epoch, of 16 steps or more. */
  epochRounds: 5,
  predictRounds: 3,
  scalingRounds: 3,
  zooRounds: 3,
  minimumSteps: 3,
  minimumMilliseconds: 300,
  soakSteps: 20_000,
  sweep: { trials: 6, epochs: 40, rounds: 3 },
  reading: { megabytes: { ts: 100, csv: 200 }, rounds: 5 },
  scaling: { batches: [1, 4, 16, 64], times: [32, 128, 512] },
  reducedEpoch: {},
};

const quick = {
  ...careful,
  rounds: 2,
  longRounds: 2,
  epochRounds: 2,
  predictRounds: 1,
  scalingRounds: 2,
  zooRounds: 1,
  minimumSteps: 1,
  minimumMilliseconds: 1,
  soakSteps: 200,
  sweep: { trials: 2, epochs: 1, rounds: 1 },
  reading: { megabytes: { ts: 1, csv: 1 }, rounds: 1 },
  scaling: { batches: [1, 4], times: [32, 64] },
  reducedEpoch: { batch: 8, time: 200, recordings: 32 },
};

/**
 * Reads the arguments.
 *
 * @param present what `presentDevices` of masq's engine gives
 * @returns names of what to measure, `devices`, `skipped` (why there is no card to measure, or null), the settings, `out` (null: the default name; false: none) and `help`
 * @throws UserError for an unknown option or name, or a number that is none
 */
export function readOptions(args, present) {
  const { values } = parse(args);
  const settings = values.quick ? quick : careful;
  const rounds = positive('rounds', values.rounds ?? `${settings.rounds}`);
  return {
    help: values.help,
    networks: choose('models', values.models, networks),
    workloads: chosen('workloads', values.workloads, Object.keys(workloads)),
    contenders: chosen('contenders', values.contenders, Object.keys(contenders)),
    sections: choose('sections', values.sections, sections),
    ...chooseDevices(values.device, present),
    out: values.out ?? (values.quick ? false : null),
    settings: {
      ...settings,
      rounds,
      longRounds: Math.min(rounds, settings.longRounds),
      epochRounds: Math.min(rounds, settings.epochRounds),
      scalingRounds: Math.min(rounds, settings.scalingRounds),
      zooRounds: Math.min(rounds, settings.zooRounds),
      threads: positive('threads', values.threads ?? `${availableParallelism()}`),
    },
  };
}

function parse(args) {
  const string = { type: 'string' };
  try {
    return parseArgs({
      args,
      options: {
        ...{ models: string, workloads: string, contenders: string, sections: string },
        ...{ rounds: string, threads: string, device: string, out: string },
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UserError(`${error.message}\n\n${usage}`, {}, { cause: error });
  }
}

/** As `choose`; null where nothing is named: the device decides then. */
function chosen(option, text, known) {
  return text === undefined ? null : choose(option, text, known);
}

function choose(option, text, known) {
  const names = text?.split(',') ?? known;
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return names;
  throw new UserError(`--${option} names ${unknown.join(', ')}; expected some of ${known.join(', ')}.`);
}

/** The sections that measure the processor, whatever else there is. */
const ofProcessor = ['sweep', 'reading'];

/** The options of the run on one device: what it is measured on by default, what it can measure, and a file of its own. */
export function optionsFor(device, options) {
  const { sections: all, out } = options;
  const own = {
    ...options,
    workloads: options.workloads ?? workloadsOf(device),
    contenders: options.contenders ?? contendersOf(device),
  };
  if (device === 'cpu') return own;
  const named = typeof out === 'string' ? out.replace(/(\.json)?$/, `${suffixOf(device)}$1`) : out;
  return { ...own, sections: all.filter((each) => !ofProcessor.includes(each)), out: named };
}

/** What a device adds to the name of a results file. */
export function suffixOf(device) {
  return device === 'cpu' ? '' : `-${device.replace(':', '')}`;
}

/** The devices to measure, and the line that says which are left out; null where none is. */
function chooseDevices(text, { devices, cardProblem }) {
  if (text === undefined) {
    return { devices, skipped: cardProblem === null ? null : `gpu: skipped, ${cardProblem}` };
  }
  const names = text.split(',').map((name) => (name === 'gpu' ? 'gpu:0' : name));
  const missing = names.filter((name) => !devices.includes(name));
  if (missing.length === 0) return { devices: names, skipped: null };
  const reason = cardProblem === null ? '' : ` ${cardProblem}`;
  throw new UserError(`--device names ${missing.join(', ')}; present: ${devices.join(', ')}.${reason}`);
}

function positive(option, text) {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new UserError(`--${option} is ${text}, expected a whole number from 1.`);
}
