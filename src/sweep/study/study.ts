// What a study is made of once its file is read: cells, each a setting of the base config on one data set, and trials, each a
// cell trained with one seed.
import { join } from 'node:path';
import type { Config } from '../../train/index.js';

/** A value of an axis, of a control or of the baseline, by the key path of the config that it sets. */
export type Settings = Readonly<Record<string, unknown>>;

export interface Cell {
  /** Names its folder; unique in the study, and the same whenever the study is read again. */
  readonly id: string;
  /** A level for every axis that the cell has, as text, in the order of the axes; `datasets` is none of them. */
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
  /** Resolved, with the seed. */
  readonly config: Config;
}

/** The files of a study. */
export interface StudyDirectory {
  readonly path: string;
  readonly study: string;
  readonly reportHtml: string;
  readonly reportJson: string;
  readonly reportCsv: string;
}

export function studyDirectory(path: string): StudyDirectory {
  return {
    path,
    study: join(path, 'study.yaml'),
    reportHtml: join(path, 'report.html'),
    reportJson: join(path, 'report.json'),
    reportCsv: join(path, 'report.csv'),
  };
}

/** The run directory of a trial. */
export function trialDirectory(study: string, cell: string, seed: number): string {
  return join(study, 'trials', cell, String(seed));
}

/** What is known of a trial that did not finish, beside its run directory so that a run directory holds a run's files alone. */
export function trialRecord(study: string, cell: string, seed: number): string {
  return join(study, 'trials', cell, `${seed}.json`);
}

/** What `trialRecord` holds. A trial that finishes has none. */
export type TrialRecord =
  /** It failed for good. */
  | { readonly status: 'failed'; readonly message: string; readonly attempts: number }
  /** Successive halving ended it. */
  | { readonly status: 'halved'; readonly epoch: number; readonly value: number };
