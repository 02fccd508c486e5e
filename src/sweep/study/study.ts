// What a study is made of once its file is read: cells, each a setting of the base config on one data set, and trials, each a
// cell trained with one seed.
import { join } from 'node:path';
import type { Config } from '../../train/index.js';
import type { RepeatKey } from './repeat.js';
import type { StudyFile } from './studySchema.js';

/** A value of an axis, of a control or of the baseline, by the key path of the config that it sets. */
export type Settings = Readonly<Record<string, unknown>>;

export interface Cell {
  /** Names its folder; unique in the study, and the same whenever the study is read again. */
  readonly id: string;
  /** A level for every axis that the cell has, as text, by the axis's key path, in the order of the axes; controls have none. */
  readonly levels: Readonly<Record<string, string>>;
  /** What the cell sets in the base config, by key path, the data set apart. */
  readonly settings: Settings;
  /** The name of the data set; null where the study names none and the base config's is used. */
  readonly dataset: string | null;
  readonly role: 'grid' | 'control';
  /** Cells of one method on several data sets share it. */
  readonly method: string;
}

export interface Trial {
  readonly cell: Cell;
  readonly seed: number;
  /** The run directory. */
  readonly directory: string;
  /** Resolved, with the seed and what counts along with it. */
  readonly config: Config;
}

/** What the cells of a study are compared by. */
export interface Compare {
  /** As a path in `result.json`, e.g. `test.accuracy`. */
  readonly metric: string;
  readonly better: 'higher' | 'lower';
  /** The method that all others are compared with; null where there is none. */
  readonly baseline: string | null;
  /** Level of significance, e.g. 0.05. */
  readonly level: number;
  /** Smallest difference that would matter; null where none is named. */
  readonly differenceOfInterest: number | null;
}

/** Successive halving (Jamieson & Talwalkar 2016): of the cells, the best share goes on at each of a few epochs. */
export interface Halving {
  /** The first epoch after which cells are ended. */
  readonly firstEpoch: number;
  /** One of so many cells goes on, and the next rung is so many times the epochs. */
  readonly factor: number;
}

/** What `sbatch` is asked for, for each trial. */
export interface SlurmRequest {
  readonly partition: string | null;
  /** As `sbatch --time` takes it, e.g. `02:00:00`. */
  readonly time: string | null;
  /** As `sbatch --mem` takes it, e.g. `4G`. */
  readonly memory: string | null;
  readonly cpus: number;
  readonly gpus: number;
  /** Trials that may run at once; null for no limit. */
  readonly concurrent: number | null;
  /** Further options of `sbatch`, as typed. */
  readonly options: readonly string[];
}

/** A study once its file is read and every cell is known to be a valid config. */
export interface Study {
  readonly name: string;
  readonly design: 'grid' | 'random' | 'one-at-a-time';
  /** The levels of each axis, as text, by its key path, in the order of the file. */
  readonly axes: Readonly<Record<string, readonly string[]>>;
  /** Names of the data sets; empty where the base config's is used. */
  readonly datasets: readonly string[];
  readonly seeds: readonly number[];
  /** The key that counts along with the seeds; null where none does. */
  readonly repeat: RepeatKey | null;
  readonly cells: readonly StudyCell[];
  readonly compare: Compare;
  readonly halving: Halving | null;
  readonly slurm: SlurmRequest;
  /** What the study was made of: its file with every default filled in and the base config inside it. */
  readonly file: StudyFile;
}

/** A cell with its resolved config, of which a trial changes the seed, and what counts along with it, alone. */
export type StudyCell = Cell & { readonly config: Config };

/** The files of a study. */
export interface StudyDirectory {
  readonly path: string;
  readonly study: string;
  /** Folder of the lease by which one sweep of all machines has the study. */
  readonly lease: string;
  readonly reportHtml: string;
  readonly reportJson: string;
  readonly reportCsv: string;
}

export function studyDirectory(path: string): StudyDirectory {
  return {
    path,
    study: join(path, 'study.yaml'),
    lease: join(path, 'lease'),
    reportHtml: join(path, 'report.html'),
    reportJson: join(path, 'report.json'),
    reportCsv: join(path, 'report.csv'),
  };
}

/** The run directory of a trial. */
export function trialDirectory(study: string, cell: string, seed: number): string {
  return join(study, 'trials', cell, String(seed));
}

/** What is known of a trial that did not finish. A trial that finishes has no record. */
export type TrialRecord =
  /** It failed for good. */
  | { readonly status: 'failed'; readonly message: string; readonly attempts: number }
  /** Successive halving ended it. */
  | { readonly status: 'halved'; readonly epoch: number; readonly value: number };
