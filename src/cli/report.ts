// masq report: what a study, or some plain runs, show.
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { matchesOf, withFolder } from '../shared/node/globs.js';
import { UserError } from '../shared/errors.js';
import { renderReport } from '../report/renderReport.js';
import { readRuns, readStudyResults, writeReport, type StudyResults } from '../sweep/analysis/index.js';
import { studyDirectory } from '../sweep/study/study.js';
import { runDirectory } from '../track/index.js';
import type { CommandContext, ReportArguments } from './context.js';

export async function run(args: ReportArguments, context: CommandContext): Promise<void> {
  const { paths, out } = args;
  const [first] = paths;
  const isStudy = paths.length === 1 && existsSync(studyDirectory(first).study);
  const results = isStudy ? await readStudy(first, args) : await readPlainRuns(args);
  const { report, files } = await writeReport(results, out ?? (isStudy ? first : 'report'), renderReport);
  context.out(report.summary.join('\n'));
  context.info(`Wrote ${files.join(', ')}.`);
}

function readStudy(directory: string, { metric, baseline }: ReportArguments): Promise<StudyResults> {
  if (baseline !== undefined) {
    throw new UserError('--baseline is for runs; a study names its own, as compare.baseline in study.yaml.');
  }
  return readStudyResults(directory, metric);
}

async function readPlainRuns({
  paths,
  metric = 'test.accuracy',
  baseline,
}: ReportArguments): Promise<StudyResults> {
  const runs = await Promise.all(paths.map(runsOf));
  return readRuns(runs.flat(), { metric, baseline: baseline ?? null });
}

/** The run itself, or the runs in a folder of them (`runs/<name>`, or `runs` with all names). */
async function runsOf(path: string): Promise<string[]> {
  const isOther =
    !existsSync(path) || !statSync(path).isDirectory() || existsSync(studyDirectory(path).study);
  if (isOther || existsSync(runDirectory(path).config)) return [path];
  for (const depth of ['*', '*/*']) {
    const found = await matchesOf(withFolder(path, `${depth}/config.yaml`));
    if (found.length > 0) return found.map(dirname);
  }
  throw new UserError(
    'this is neither a study nor a run, and holds none: no study.yaml, no config.yaml. Name the folder of a study, or run directories.',
    { file: path },
  );
}
