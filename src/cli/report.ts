// masq report: what a study, or some plain runs, show.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { counted } from '../shared/counted.js';
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
  const [first] = paths;
  if (paths.length === 1 && existsSync(first) && !existsSync(runDirectory(first).config)) {
    throw new UserError(
      `this is neither a study nor a run: it holds no study.yaml and no config.yaml. ${await inside(first)}`,
      { file: first },
    );
  }
  return readRuns(paths, { metric, baseline: baseline ?? null });
}

/** What to name in place of a folder: the runs in it, if it holds any. */
async function inside(folder: string): Promise<string> {
  for (const pattern of ['*', '*/*']) {
    const found = await matchesOf(withFolder(folder, `${pattern}/config.yaml`));
    if (found.length > 0)
      return `It holds ${counted(found.length, 'run')}: name them, as in "masq report ${join(folder, pattern)}".`;
  }
  return 'Name the folder of a study, or run directories.';
}
