// The options of each command: what help says of them, what their values may be, and mistakes in typing them.
import type { Options } from 'yargs';
// Not by way of the index, which loads every reader.
import { formats } from '../data/read/reader.js';
import { UserError } from '../shared/errors.js';
import { didYouMean } from '../shared/nearest.js';
import type { EngineArguments } from './context.js';

export const splits = ['train', 'validation', 'test'] as const;
export const checkpoints = ['best', 'last'] as const;
export const sets = ['train', 'test'] as const;
export const launchers = ['local', 'slurm'] as const;
export { formats };

export const globalOptions = {
  quiet: { type: 'boolean', describe: 'print results and warnings only' },
  verbose: { type: 'boolean', describe: 'print stack traces and what TensorFlow says' },
} as const;
const json = { type: 'boolean', describe: 'print one JSON document and nothing else' } as const;
const value = { type: 'string', requiresArg: true } as const;
const batchSize = { ...value, describe: 'recordings computed at once' } as const;
const checkpoint = { ...value, describe: 'which weights: best (the default) or last' } as const;
const engineOptions = {
  device: { ...value, describe: 'cpu, gpu or gpu:N' },
  threads: { ...value, describe: 'processor threads (default: all)' },
} as const;

/** The options of each command, besides the global ones. */
export const options = {
  train: {
    'run-dir': { ...value, describe: 'folder of the run (default: runs/<name>/<run id>)' },
    resume: { type: 'boolean', describe: 'go on with the run in --run-dir' },
    json: { type: 'boolean', describe: 'print the result as one JSON document' },
    ...engineOptions,
  },
  sweep: {
    'study-dir': { ...value, describe: 'folder of the study (default: studies/<name>)' },
    resume: { type: 'boolean', describe: 'go on with the study in its folder' },
    'dry-run': { type: 'boolean', describe: 'print cells, trials and an estimate of the time' },
    workers: { ...value, describe: 'trials at once (default: one for each processor or card)' },
    launcher: { ...value, describe: 'local (the default) or slurm' },
    device: { ...value, describe: 'cpu, gpu (all cards in turn) or gpu:N' },
    threads: { ...value, describe: 'processor threads of each trial (default: processors / workers)' },
  },
  evaluate: {
    data: { type: 'string', array: true, requiresArg: true, describe: 'files to evaluate on instead' },
    split: { ...value, describe: 'train, validation or test (the default)' },
    checkpoint,
    'batch-size': batchSize,
    json,
    ...engineOptions,
  },
  predict: {
    out: { ...value, describe: 'file to write (default: standard output)' },
    per: {
      ...value,
      describe: 'what a row is, where recordings are cut into windows: window (default) or recording',
    },
    checkpoint,
    'batch-size': batchSize,
    ...engineOptions,
  },
  report: {
    out: {
      ...value,
      describe: 'folder to write to (default: the folder of the study; for runs: report)',
    },
    metric: { ...value, describe: 'number of result.json to compare, e.g. test.macroF1' },
    baseline: { ...value, describe: 'method that runs are compared with, as the report names it' },
  },
  'data describe': {
    format: { ...value, describe: `format of the files (default: told from each): ${formats.join(', ')}` },
    json,
  },
  'data prepare': {
    out: { ...value, describe: 'packed file to make, e.g. data/set.masq (required)' },
    set: { ...value, describe: 'which data of a config: train, test (default: train)' },
    format: { ...value, describe: `format of the files (default: told from each): ${formats.join(', ')}` },
    force: { type: 'boolean', describe: 'replace a file that is there' },
  },
  'data download': {
    out: { ...value, describe: 'folder to make that of the data set in (default: data)' },
    url: { ...value, describe: "address that has NAME.zip (default: the archive's)" },
    force: { type: 'boolean', describe: 'replace files that are there' },
  },
  models: {},
  layers: {},
  'mlflow sync': {
    uri: { ...value, describe: 'server to send to (default: that which the run was told to)' },
  },
  'engine info': { json },
  'engine install': {
    cpu: { type: 'boolean', describe: 'for processors' },
    cuda: { type: 'boolean', describe: 'for NVIDIA graphics cards too' },
  },
} as const satisfies Record<string, Record<string, Options>>;

export const runPositional = { type: 'string', describe: 'run directory', demandOption: true } as const;
export const filesPositional = {
  type: 'string',
  array: true,
  describe: 'files of recordings, folders of them, tables of files or quoted patterns',
  demandOption: true,
} as const;

/** What `masq data` takes. */
export const dataPositional = {
  ...filesPositional,
  describe: 'a config file, or files of recordings, folders of them, tables of files or quoted patterns',
} as const;

export const foldersPositional = {
  type: 'string',
  array: true,
  describe: 'runs, studies, or folders that hold some',
  demandOption: true,
} as const;

/** Checks `--device` and `--threads`. */
export function engineArguments(given: {
  device: string | undefined;
  threads: string | undefined;
}): EngineArguments {
  const { device } = given;
  if (device !== undefined && !isDevice(device)) {
    throw new UserError(`--device is "${device}", expected cpu, gpu or gpu:N (gpu:0 is the first card).`);
  }
  return { device, threads: wholeNumber('threads', given.threads) };
}

function isDevice(name: string): name is NonNullable<EngineArguments['device']> {
  return /^(cpu|gpu(:\d+)?)$/.test(name);
}

/** What `--cpu` or `--cuda` asks for. */
export function variantOf({
  cpu = false,
  cuda = false,
}: {
  cpu?: boolean;
  cuda?: boolean;
}): 'cpu' | 'cuda' | undefined {
  if (cpu && cuda) throw new UserError('--cpu and --cuda exclude each other.');
  if (cpu) return 'cpu';
  return cuda ? 'cuda' : undefined;
}

/** Reads an option's value as a whole number from 1. */
export function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(text))
    throw new UserError(`--${name} is "${text}", expected a whole number from 1.`);
  return Number(text);
}

/** Reads an option's value as one of a few. */
export function oneOf<Choice extends string>(
  name: string,
  text: string | undefined,
  choices: readonly Choice[],
): Choice | undefined {
  const found = choices.find((choice) => choice === text);
  if (text === undefined || found !== undefined) return found;
  throw new UserError(`--${name} is "${text}", expected ${choices.join(', ')}.${didYouMean(text, choices)}`);
}

/** What yargs complains about, as a sentence that says what to type. */
export function explain(command: string, message: string): UserError {
  const option = /^Not enough arguments following: (.+)$/.exec(message)?.[1];
  if (option !== undefined) return new UserError(`--${option} needs a value. ${seeHelp(command)}`);
  const usage = Object.entries(usages).find(([name]) => name === command)?.[1];
  if (message.startsWith('Not enough non-option arguments') && usage !== undefined) {
    return new UserError(`Something is missing; expected: masq ${command} ${usage}. ${seeHelp(command)}`);
  }
  return new UserError(`${message} ${seeHelp(command)}`);
}

/** What must follow a command. */
const usages = {
  evaluate: '<run>',
  predict: '<run> <files..>',
  report: '<study | runs..>',
  'data describe': '<files..>',
  'data download': '<name>',
  'mlflow sync': '<folders..>',
};

export function seeHelp(command: string): string {
  return `See: masq ${command === '' ? '' : `${command} `}--help`;
}

/**
 * The command in a command line, e.g. `data describe`, or an empty string. Throws `UserError` for a command or an
 * option that there is not: before yargs, which would take the word after an unknown option for its value and then
 * complain about something else.
 */
export function commandOf(typed: readonly string[]): string {
  const words = typed.includes('--') ? typed.slice(0, typed.indexOf('--')) : typed;
  const bare = words.filter((word) => !word.startsWith('-'));
  const [first, second] = [bare.at(0), bare.at(1)];
  rejectOptionsBeforeCommand(words.slice(0, first === undefined ? undefined : words.indexOf(first)));
  if (first === undefined) return '';
  const commands: string[] = Object.keys(options);
  const firsts = [...new Set(commands.map((name) => name.split(' ')[0]))];
  if (!firsts.includes(first)) {
    throw new UserError(`Unknown command "${first}".${didYouMean(first, firsts)} ${seeHelp('')}`);
  }
  const seconds = commands.flatMap((name) =>
    name.startsWith(`${first} `) ? [name.slice(first.length + 1)] : [],
  );
  if (seconds.length > 0 && second !== undefined && !seconds.includes(second)) {
    throw new UserError(
      `Unknown command "${first} ${second}".${didYouMean(second, seconds)} ${seeHelp(first)}`,
    );
  }
  const name = seconds.length > 0 ? `${first} ${second ?? ''}`.trim() : first;
  rejectUnknownOptions(name, words, Object.entries(options).find(([command]) => command === name)?.[1] ?? {});
  return name;
}

/** yargs knows the options of a command only after it, and without them what is a value and what the command. */
function rejectOptionsBeforeCommand(words: readonly string[]): void {
  const names = words.map((word) => word.split('=', 1)[0]);
  for (const name of names) {
    const owner = Object.entries(options).find(([, known]) => Object.keys(known).includes(name.slice(2)));
    if (owner !== undefined) {
      throw new UserError(
        `${name} must come after the command, e.g. masq ${owner[0]} … ${name}. ${seeHelp('')}`,
      );
    }
  }
  rejectUnknownOptions('', words, {});
}

function rejectUnknownOptions(
  command: string,
  words: readonly string[],
  known: Record<string, Options>,
): void {
  const names = [...Object.keys({ ...globalOptions, ...known }), 'help', 'version'].map(
    (name) => `--${name}`,
  );
  const given = words.filter((word) => /^-[^\d]/.test(word)).map((word) => word.split('=', 1)[0]);
  for (const [i, option] of given.entries()) {
    if (option === '-h') continue;
    if (!names.includes(option)) {
      throw new UserError(`Unknown option ${option}.${didYouMean(option, names)} ${seeHelp(command)}`);
    }
    if (given.indexOf(option) !== i && option !== '--data') throw new UserError(`${option} is given twice.`);
  }
}
