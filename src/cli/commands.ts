// What can be typed after `masq`: commands, arguments and options. Each command's module is imported only when the
// command runs, so that help is quick.
import { existsSync } from 'node:fs';
import yargs, { type Argv } from 'yargs';
import { UserError } from '../shared/errors.js';
import { masqVersion } from '../shared/node/version.js';
import type {
  CatalogArguments,
  CommandModule,
  DataArguments,
  DataDownloadArguments,
  DataPrepareArguments,
  EngineCommandArguments,
  EvaluateArguments,
  MlflowArguments,
  PredictArguments,
  SweepArguments,
  ReportArguments,
  TrainArguments,
} from './context.js';
import {
  checkpoints,
  commandOf,
  engineArguments,
  explain,
  dataPositional,
  filesPositional,
  foldersPositional,
  formats,
  globalOptions,
  launchers,
  oneOf,
  options,
  runPositional,
  seeHelp,
  sets,
  splits,
  variantOf,
  wholeNumber,
} from './options.js';

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

/**
 * Reads a command line and hands the command to `execute`. Throws `UserError` for a command line that is wrong;
 * prints help or the version where they are asked for.
 */
export async function runCommandLine(typed: readonly string[], execute: Execute): Promise<void> {
  const command = commandOf(typed);
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
    .version(masqVersion())
    .alias('help', 'h')
    .wrap(Math.min(100, process.stdout.columns || 100))
    .epilogue('masq <command> --help shows the options of a command.')
    .middleware(({ _: words }) => {
      const extra = words.at(command === '' ? 0 : command.split(' ').length);
      if (extra !== undefined) throw new UserError(`Unexpected argument "${extra}". ${seeHelp(command)}`);
    })
    .fail((message: string | null, error: Error | undefined) => {
      // Errors of the command itself come this way too; those of yargs are called YError.
      if (error !== undefined && error.name !== 'YError') throw error;
      throw explain(command, message ?? error?.message ?? 'The command line is wrong.');
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
          load: () => import('./train.js'),
        }),
    )
    .command(
      'sweep [study] [overrides..]',
      'run the trials of a study, each cell with each seed',
      (y) =>
        y
          .options(options.sweep)
          .positional('study', { type: 'string', describe: 'study file, YAML or JSON' })
          .positional('overrides', {
            type: 'string',
            array: true,
            describe: 'values that replace those of the file, as key.path=value',
          }),
      (given) => {
        const { config: study, overrides } = splitConfig(given.study, given.overrides ?? []);
        return execute<SweepArguments>({
          ...speech(given),
          graceful: true,
          args: {
            ...{ study, overrides, studyDir: given['study-dir'] },
            workers: wholeNumber('workers', given.workers),
            launcher: oneOf('launcher', given.launcher, launchers),
            resume: given.resume ?? false,
            dryRun: given['dry-run'] ?? false,
            ...engineArguments(given),
          },
          load: () => import('./sweep.js'),
        });
      },
    )
    .command(
      'evaluate <run>',
      'measure a trained model on a split of its data or on other files',
      (y) =>
        y
          .options(options.evaluate)
          .positional('run', runPositional)
          .epilogue(
            'Where recordings are cut into windows, the metrics are of windows and of whole recordings.',
          ),
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
          load: () => import('./evaluate.js'),
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
            per: oneOf('per', given.per, ['window', 'recording'] as const),
            checkpoint: oneOf('checkpoint', given.checkpoint, checkpoints),
            batchSize: wholeNumber('batch-size', given['batch-size']),
            ...engineArguments(given),
          },
          load: () => import('./predict.js'),
        }),
    )
    .command(
      'report <paths..>',
      'say what a study, or some runs, show: report.html, report.json and report.csv',
      (y) =>
        y.options(options.report).positional('paths', {
          type: 'string',
          array: true,
          describe: 'folder of a study, or run directories',
          demandOption: true,
        }),
      (given) =>
        execute<ReportArguments>({
          ...speech(given),
          graceful: false,
          args: { paths: given.paths, out: given.out, metric: given.metric, baseline: given.baseline },
          load: () => import('./report.js'),
        }),
    )
    .command('data', 'recordings: data describe <files..>, prepare <files..>, download <name>', (y) =>
      y
        .demandCommand(1, 'What should masq data do? It can: describe, prepare, download.')
        .command(
          'describe <files..>',
          'recordings, channels, lengths, classes, missing values, problems',
          (inner) => inner.options(options['data describe']).positional('files', dataPositional),
          (given) =>
            execute<DataArguments>({
              ...speech(given),
              graceful: false,
              args: {
                action: 'describe',
                files: given.files,
                format: oneOf('format', given.format, formats),
                json: given.json ?? false,
              },
              load: () => import('./data.js'),
            }),
        )
        .command(
          'prepare <files..>',
          'put data, or those of a config, into one packed file that is read with little memory',
          (inner) => inner.options(options['data prepare']).positional('files', dataPositional),
          ({ files, out, set, format, force, ...given }) =>
            execute<DataPrepareArguments>({
              ...speech(given),
              graceful: true,
              args: {
                ...{ files, out },
                set: oneOf('set', set, sets),
                format: oneOf('format', format, formats),
                force: force ?? false,
              },
              load: () => import('./dataPrepare.js'),
            }),
        )
        .command(
          'download <name>',
          'get a data set of the UCR/UEA archive; goes on where it was interrupted',
          (inner) =>
            inner.options(options['data download']).positional('name', {
              type: 'string',
              describe: 'the data set, e.g. GunPoint',
              demandOption: true,
            }),
          ({ name, out, url, force, ...given }) =>
            execute<DataDownloadArguments>({
              ...speech(given),
              graceful: true,
              args: { name, out, url, force: force ?? false },
              load: () => import('./dataDownload.js'),
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
    .command('mlflow', 'send to MLflow what could not be sent: mlflow sync <folders..>', (y) =>
      y.demandCommand(1, 'What should masq mlflow do? It can: sync.').command(
        'sync <folders..>',
        'send what runs and studies with track: [mlflow] have left unsent',
        (inner) => inner.options(options['mlflow sync']).positional('folders', foldersPositional),
        (given) =>
          execute<MlflowArguments>({
            ...speech(given),
            graceful: false,
            args: { action: 'sync', folders: given.folders, uri: given.uri },
            load: () => import('./mlflow.js'),
          }),
      ),
    )
    .command('engine', 'the TensorFlow that computes: engine info, engine install', (y) =>
      y
        .demandCommand(1, 'What should masq engine do? It can: info, install.')
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
    .demandCommand(1, 'What should masq do?');
}

interface Speech {
  quiet: boolean | undefined;
  verbose: boolean | undefined;
}

function speech({ quiet = false, verbose = false }: Speech): { quiet: boolean; verbose: boolean } {
  return { quiet, verbose };
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
    load: () => (name === 'models' ? import('./models.js') : import('./layers.js')),
  });
}

/** `train key.path=value` without a config, or a study without its file (when resuming): the first argument is an override, unless it is a file. */
function splitConfig(
  config: string | undefined,
  overrides: string[],
): Pick<TrainArguments, 'config' | 'overrides'> {
  if (config?.includes('=') !== true || existsSync(config)) return { config, overrides };
  return { config: undefined, overrides: [config, ...overrides] };
}
