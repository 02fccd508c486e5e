// Whether the data files of a study are there, before its first trial.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { errorOf } from '../../shared/problemReports.js';
import { didYouMean } from '../../shared/nearest.js';
import { isPattern, matchesAny } from '../../shared/node/globs.js';
import { testFiles } from '../../train/dataFiles.js';
import { datasetsOf, type Dataset } from './datasets.js';
import { resolver, type StudySource } from './resolveCells.js';
import type { Study } from './study.js';

/**
 * @throws UserError that names every file that is missing, and every data set that is a file where a folder is expected, at
 * the data set or the base config that asks for it
 */
export function checkDataFiles(study: Study, source: StudySource): void {
  const check = resolver(source);
  const datasets = datasetsOf(study.file);
  const places: readonly (Dataset | null)[] = datasets.length === 0 ? [null] : datasets;
  for (const dataset of places) {
    const given = dataset === null ? undefined : study.file.datasets[datasets.indexOf(dataset)];
    if (dataset !== null && typeof given === 'string' && existsSync(given) && !isFolder(given)) {
      const message = `${dataset.at.join('.')}: ${given} is a file; expected a folder as data/X with X_TRAIN.ts and X_TEST.ts, or { name, train, test }.`;
      check.reportStudy({ path: dataset.at, part: 'value', message });
      continue;
    }
    const config = study.cells.find((cell) => cell.dataset === (dataset?.name ?? null))?.config;
    for (const part of ['train', 'test'] as const) {
      const files = part === 'train' ? [config?.data.train ?? []].flat() : config && testFiles(config.data);
      for (const file of files ?? []) {
        if (isPattern(file) ? matchesAny(file) : existsSync(file)) continue;
        const message = isPattern(file)
          ? `data.${part}: no file matches ${file}.`
          : `data.${part}: there is no file ${file}.${nearestPath(file)}`;
        check.report({ path: ['data', part], part: 'value', message }, dataset?.assignments ?? []);
      }
    }
  }
  const reports = check.reports();
  if (reports.length > 0) throw errorOf(reports);
}

/** The nearest name in the folder of a file, or beside that folder where it is missing. */
function nearestPath(file: string): string {
  const missing = existsSync(dirname(file)) ? file : dirname(file);
  const folder = dirname(missing);
  return isFolder(folder) ? didYouMean(basename(missing), readdirSync(folder)) : '';
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
