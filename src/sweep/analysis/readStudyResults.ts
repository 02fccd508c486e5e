// The results of a study from its folder: what each of its trials has left.
import { existsSync } from 'node:fs';
import { UserError } from '../../shared/errors.js';
import { runDirectory } from '../../track/index.js';
import { levelText } from '../study/cellNames.js';
import { readStudy } from '../study/loadStudy.js';
import { directionOf, directionOfBest } from '../study/metric.js';
import { trialDirectory, type Study, type StudyCell } from '../study/study.js';
import { readTrialRecord } from '../run/trialRecords.js';
import { readRun } from './readRun.js';
import type { CellResults, StudyResults, TrialResult } from './results.js';

/**
 * @param metric compared instead of the study's own
 * @throws UserError when the folder is no study, or a file of a trial is damaged or lacks the metric
 */
export async function readStudyResults(directory: string, metric?: string): Promise<StudyResults> {
  const study = await readStudy(directory);
  const compare =
    metric === undefined || metric === study.compare.metric
      ? study.compare
      : // A difference that would matter is one of the study's own metric.
        { ...study.compare, metric, better: directionFor(metric, study), differenceOfInterest: null };
  const cells: CellResults[] = [];
  // Cell by cell, so that few files are open at once.
  for (const cell of study.cells) cells.push(await readCell(cell, study, directory, compare.metric));
  const { name, design: kind, axes, datasets, seeds, repeat, halving } = study;
  return { name, kind, axes, datasets, seeds, repeat, compare, halving, cells };
}

function directionFor(metric: string, { cells: [first] }: Study): 'higher' | 'lower' {
  return metric === 'best.value' ? directionOfBest(first.config) : (directionOf(metric) ?? 'higher');
}

async function readCell(
  { config, settings, ...cell }: StudyCell,
  { seeds }: Study,
  directory: string,
  metric: string,
): Promise<CellResults> {
  const { validation } = config.data;
  return {
    ...cell,
    settings: Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, levelText(value)])),
    validationFraction: validation !== 'none' && 'fraction' in validation ? validation.fraction : null,
    trials: await Promise.all(
      seeds.map(async (seed) => ({
        seed,
        directory: trialDirectory(directory, cell.id, seed),
        outcome: await readOutcome(directory, cell.id, seed, metric),
      })),
    ),
  };
}

async function readOutcome(
  study: string,
  cell: string,
  seed: number,
  metric: string,
): Promise<TrialResult['outcome']> {
  const directory = trialDirectory(study, cell, seed);
  const outcome = await readRun(directory, metric);
  if (outcome !== null) {
    if (outcome.status !== 'finished' || outcome.run.seed === seed) return outcome;
    throw new UserError(
      `this result is of seed ${outcome.run.seed}, expected ${seed} by the name of its folder.`,
      {
        file: runDirectory(directory).result,
      },
    );
  }
  const record = await readTrialRecord({ directory });
  if (record === null) {
    const begun = existsSync(runDirectory(directory).config);
    return { status: 'missing', message: begun ? 'Begun, and not finished yet.' : 'Not begun yet.' };
  }
  return record.status === 'failed'
    ? { status: 'failed', message: record.message }
    : { status: 'halved', message: `Ended by halving after epoch ${record.epoch} (${record.value}).` };
}
