// What can be typed after `masq`: commands, arguments and options. Each command's module is imported only when the
// command runs, so that help is quick.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import yargs, { type Argv, type Options } from 'yargs';
import { UserError } from '../shared/errors.js';
import { didYouMean } from '../shared/nearest.js';
import { packageRoot } from '../shared/node/paths.js';
import type {
  CatalogArguments,
  CommandModule,
  DataArguments,
  EngineArguments,
  EngineCommandArguments,
  EvaluateArguments,
  PredictArguments,
  TrainArguments,
} from './context.js';

/** A command as it was typed, ready to run. */
export interface Invocation<Arguments> {
  quiet: boolean;
  verbose: boolean;
  /** Whether the command ends by itself, in good order, when its signal is aborted; others are ended at once. */
  graceful: boolean;
  args: Arguments;
  load: () => Promise<CommandModule<Arguments>>;
}

/** Runs what was typed. */
export type Execute = <Arguments>(invocation: Invocation<Arguments>) => Promise<void>;

const splits = ['train', 'validation', 'test'] as const;
const checkpoints = ['best', 'last'] as const;

const globalOptions = {
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
const options = {
  train: {
    'run-dir': { ...value, describe: 'folder of the run (default: runs/<name>/<run id>)' },
    resume: { type: 'boolean', describe: 'go on with the run in --run-dir' },
    json: { type: 'boolean', describe: 'print the result as one JSON document' },
    ...engineOptions,
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
    checkpoint,
    'batch-size': batchSize,
    ...engineOptions,
  },
  'data describe': { json },
  models: {},
  layers: {},
  'engine info': { json },
  'engine install': {
    cpu: { type: 'boolean', describe: 'for processors' },
    cuda: { type: 'boolean', describe: 'for NVIDIA graphics cards too' },
  },
} as const satisfies Record<string, Record<string, Options>>;

/**
 * Reads a command line and hands the command to `execute`. Throws `UserError` for a command line that is wrong;
 * prints help or the version where they are asked for.
 */
export async function runCommandLine(typed: readonly string[], execute: Execute): Promise<void> {
  rejectUnknown(typed);
  const parser = yargs(typed)
    .scriptName('masq')
    .usage('$0 <command>\n\nTrains classifiers of recordings of different lengths.')
    .parserConfiguration({
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'camel-case-expansion': false,
      'boolean-negation': false,
    })
    .locale('en')
    .options(globalOptions)
    .version(version())
    .alias('help', 'h')
    .wrap(Math.min(100, process.stdout.columns || 100))
    .epilogue('masq <command> --help shows the options of a command.')
    .updateStrings({
      'Not enough non-option arguments: got %s, need at least %s':
        'Something is missing: %s arguments given, at least %s expected.',
    })
    .fail((message: string | null, error: Error | undefined) => {
      throw error ?? new UserError(`${message ?? 'The command line is wrong.'} See: masq --help`);
    })
    .exitProcess(false);
  declareCommands(parser, execute);
  await parser.parseAsync();
}

function declareCommands(parser: Argv<Speech>, execute: Execute): void {
  parser
    .command(
      'train [config] [overrides..]',
      'train a model as a config file says',
      (y) =>
        y
          .options(options.train)
          .positional('config', { type: 'string', describe: 'config file, YAML or JSON' })
          .positional('overrides', {
            type: 'string',
            array: true,
            describe: 'values that replace those of the file, as key.path=value',
          }),
      (given) =>
        execute<TrainArguments>({
          ...speech(given),
          graceful: true,
          args: {
            ...splitConfig(given.config, given.overrides ?? []),
            runDir: given['run-dir'],
            resume: given.resume ?? false,
            json: given.json ?? false,
            ...engineArguments(given),
          },
          load: () => moduleOf('train'),
        }),
    )
    .command(
      'evaluate <run>',
      'measure a trained model on a split of its data or on other files',
      (y) => y.options(options.evaluate).positional('run', runPositional),
      (given) =>
        execute<EvaluateArguments>({
          ...speech(given),
          graceful: false,
          args: {
            run: given.run,
            data: given.data ?? [],
            split: oneOf('split', given.split, splits),
            checkpoint: oneOf('checkpoint', given.checkpoint, checkpoints),
            batchSize: wholeNumber('batch-size', given['batch-size']),
            json: given.json ?? false,
            ...engineArguments(given),
          },
          load: () => moduleOf('evaluate'),
        }),
    )
    .command(
      'predict <run> <files..>',
      'write the class probabilities of recordings',
      (y) => y.options(options.predict).positional('run', runPositional).positional('files', filesPositional),
      (given) =>
        execute<PredictArguments>({
          ...speech(given),
          graceful: false,
          args: {
            run: given.run,
            files: given.files,
            out: given.out,
            checkpoint: oneOf('checkpoint', given.checkpoint, checkpoints),
            batchSize: wholeNumber('batch-size', given['batch-size']),
            ...engineArguments(given),
          },
          load: () => moduleOf('predict'),
        }),
    )
    .command('data', 'look at recordings: data describe <files..>', (y) =>
      y.demandCommand(1, 'data needs to know what to do: describe.').command(
        'describe <files..>',
        'recordings, channels, lengths, classes, missing values, problems',
        (inner) => inner.options(options['data describe']).positional('files', filesPositional),
        (given) =>
          execute<DataArguments>({
            ...speech(given),
            graceful: false,
            args: { action: 'describe', files: given.files, json: given.json ?? false },
            load: () => moduleOf('data'),
          }),
      ),
    )
    .command(
      'models [name]',
      'models that a config can name, or one of them with its options',
      (y) => y.positional('name', { type: 'string', describe: 'a model' }),
      (given) => executeCatalog('models', given, execute),
    )
    .command(
      'layers [name]',
      'layers that masq adds to tfjs, or one of them with its options',
      (y) => y.positional('name', { type: 'string', describe: 'a layer' }),
      (given) => executeCatalog('layers', given, execute),
    )
    .command('engine', 'the TensorFlow that computes: engine info, engine install', (y) =>
      y
        .demandCommand(1, 'engine needs to know what to do: info or install.')
        .command(
          'info',
          'what computes here and why',
          (inner) => inner.options(options['engine info']),
          (given) =>
            execute<EngineCommandArguments>({
              ...speech(given),
              graceful: false,
              args: { action: 'info', json: given.json ?? false },
              load: () => import('./engine.js'),
            }),
        )
        .command(
          'install',
          'download and build it, or repair it',
          (inner) => inner.options(options['engine install']),
          (given) =>
            execute<EngineCommandArguments>({
              ...speech(given),
              graceful: true,
              args: { action: 'install', variant: variantOf(given) },
              load: () => import('./engine.js'),
            }),
        ),
    )
    .demandCommand(1, 'masq needs a command.');
}

interface Speech {
  quiet: boolean | undefined;
  verbose: boolean | undefined;
}

const runPositional = { type: 'string', describe: 'run directory', demandOption: true } as const;
const filesPositional = {
  type: 'string',
  array: true,
  describe: 'files of recordings',
  demandOption: true,
} as const;

function speech({ quiet = false, verbose = false }: Speech): { quiet: boolean; verbose: boolean } {
  return { quiet, verbose };
}

/** Imports a command's module. */
async function moduleOf<Arguments>(name: string): Promise<CommandModule<Arguments>> {
  return (await import(`./${name}.js`)) as CommandModule<Arguments>;
}

function executeCatalog(
  name: 'models' | 'layers',
  given: Speech & { name: string | undefined },
  execute: Execute,
): Promise<void> {
  return execute<CatalogArguments>({
    ...speech(given),
    graceful: false,
    args: { name: given.name },
    load: () => moduleOf(name),
  });
}

/** `train key.path=value` without a config (when resuming): the first argument is an override, unless it is a file. */
function splitConfig(
  config: string | undefined,
  overrides: string[],
): Pick<TrainArguments, 'config' | 'overrides'> {
  if (config?.includes('=') !== true || existsSync(config)) return { config, overrides };
  return { config: undefined, overrides: [config, ...overrides] };
}

function engineArguments(given: {
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

function variantOf({
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

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(text))
    throw new UserError(`--${name} is "${text}", expected a whole number from 1.`);
  return Number(text);
}

function oneOf<Choice extends string>(
  name: string,
  text: string | undefined,
  choices: readonly Choice[],
): Choice | undefined {
  const found = choices.find((choice) => choice === text);
  if (text === undefined || found !== undefined) return found;
  throw new UserError(`--${name} is "${text}", expected ${choices.join(', ')}.${didYouMean(text, choices)}`);
}

/**
 * Looks at the words as they were typed, before yargs does: it would take the word after an unknown option for its
 * value and then complain about something else.
 */
function rejectUnknown(typed: readonly string[]): void {
  const words = typed.includes('--') ? typed.slice(0, typed.indexOf('--')) : typed;
  const bare = words.filter((word) => !word.startsWith('-'));
  const [first, second] = [bare.at(0), bare.at(1)];
  if (first === undefined) {
    rejectUnknownOptions('masq', words, {});
    return;
  }
  const commands: string[] = Object.keys(options);
  const firsts = [...new Set(commands.map((name) => name.split(' ')[0]))];
  if (!firsts.includes(first)) {
    throw new UserError(`Unknown command "${first}".${didYouMean(first, firsts)} See: masq --help`);
  }
  const seconds = commands.flatMap((name) =>
    name.startsWith(`${first} `) ? [name.slice(first.length + 1)] : [],
  );
  if (seconds.length > 0 && second !== undefined && !seconds.includes(second)) {
    throw new UserError(
      `Unknown command "${first} ${second}".${didYouMean(second, seconds)} See: masq ${first} --help`,
    );
  }
  const name = seconds.length > 0 ? `${first} ${second ?? ''}`.trim() : first;
  const known = Object.entries(options).find(([command]) => command === name)?.[1] ?? {};
  rejectUnknownOptions(`masq ${name}`, words, known);
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
      throw new UserError(`Unknown option ${option}.${didYouMean(option, names)} See: ${command} --help`);
    }
    if (given.indexOf(option) !== i && option !== '--data') throw new UserError(`${option} is given twice.`);
  }
}

function version(): string {
  const file = readFileSync(join(packageRoot(), 'package.json'), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}
