// What the command line hands to a command: its arguments, typed, and the ways to speak.
import type { Format } from '../data/index.js';

/** Passed to every command's `run(args, context)`. */
export interface CommandContext {
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Aborted by Ctrl-C or SIGTERM. A command that ends early because of it may return or throw; the exit code is 130. */
  readonly signal: AbortSignal;
  /** Writes a line to standard output: results. */
  out: (line: string) => void;
  /** Writes a line to standard error unless `--quiet`: what is going on. */
  info: (line: string) => void;
  /** Writes `Warning: …` to standard error, always. */
  warn: (message: string) => void;
}

/** What a command's module exports. */
export interface CommandModule<Arguments> {
  run: (args: Arguments, context: CommandContext) => Promise<void>;
}

/** Options of commands that compute. The values are as typed: `gpu:1`, checked by `deviceName`. */
export interface EngineArguments {
  device: 'cpu' | 'gpu' | `gpu:${number}` | undefined;
  threads: number | undefined;
}

export interface TrainArguments extends EngineArguments {
  config: string | undefined;
  /** `key.path=value`, as typed. */
  overrides: string[];
  runDir: string | undefined;
  resume: boolean;
  json: boolean;
}

export interface SweepArguments extends EngineArguments {
  /** Study file. */
  study: string | undefined;
  /** `key.path=value`, as typed. */
  overrides: string[];
  studyDir: string | undefined;
  workers: number | undefined;
  launcher: 'local' | 'slurm' | undefined;
  resume: boolean;
  dryRun: boolean;
}

export interface EvaluateArguments extends EngineArguments {
  run: string;
  /** Files to evaluate on instead of a split of the run's own data. */
  data: string[];
  split: 'train' | 'validation' | 'test' | undefined;
  checkpoint: 'best' | 'last' | undefined;
  batchSize: number | undefined;
  json: boolean;
}

export interface PredictArguments extends EngineArguments {
  run: string;
  files: string[];
  out: string | undefined;
  per: 'window' | 'recording' | undefined;
  checkpoint: 'best' | 'last' | undefined;
  batchSize: number | undefined;
}

export interface ReportArguments {
  /** A study folder, or run directories. */
  paths: string[];
  out: string | undefined;
  metric: string | undefined;
  baseline: string | undefined;
}

export interface DataArguments {
  action: 'describe';
  /** A config file, or data files. */
  files: string[];
  format: Format | undefined;
  json: boolean;
}

export interface DataPrepareArguments {
  /** A config file, or data files. */
  files: string[];
  /** The packed file that is made. */
  out: string | undefined;
  /** Of a config. */
  set: 'train' | 'test' | undefined;
  format: Format | undefined;
  force: boolean;
}

export interface DataDownloadArguments {
  /** Of the data set. */
  name: string;
  /** Folder in which that of the data set is made. */
  out: string | undefined;
  /** Where `NAME.zip` is. */
  url: string | undefined;
  force: boolean;
}

/** Of `models` and `layers`. */
export interface CatalogArguments {
  name: string | undefined;
}

export interface MlflowArguments {
  action: 'sync';
  /** Runs, studies, or folders that hold some. */
  folders: string[];
  uri: string | undefined;
}

export type EngineCommandArguments =
  { action: 'info'; json: boolean } | { action: 'install'; variant: 'cpu' | 'cuda' | undefined };
