// Whether the data files of a study are there, before its first trial.
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { errorOf } from '../../shared/problemReports.js';
import { didYouMean } from '../../shared/nearest.js';
import { datasetsOf } from './datasets.js';
import { resolver, type StudySource } from './resolveCells.js';
import type { Study } from './study.js';

/** @throws UserError that names every file that is missing, at the data set or the base config that asks for it */
export function checkDataFiles(study: Study, source: StudySource): void {
  const check = resolver(source);
  const datasets = datasetsOf(study.file);
  const seen = new Set<string | null>();
  for (const { dataset, config } of study.cells) {
    if (seen.has(dataset)) continue;
    seen.add(dataset);
    const assignments = datasets.find(({ name }) => name === dataset)?.assignments ?? [];
    for (const part of ['train', 'test'] as const) {
      for (const file of [config.data[part] ?? []].flat()) {
        if (existsSync(file)) continue;
        const message = `data.${part}: there is no file ${file}.${nearestPath(file)}`;
        check.report({ path: ['data', part], part: 'value', message }, assignments);
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
  return existsSync(folder) ? didYouMean(basename(missing), readdirSync(folder)) : '';
}
