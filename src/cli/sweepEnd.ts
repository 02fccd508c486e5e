// The end of a sweep: the report, and what failed.
import { renderReport } from '../report/renderReport.js';
import { messageOf } from '../shared/errors.js';
import { writeStudyReport } from '../sweep/analysis/index.js';
import type { OpenStudy, StudyEnd } from '../sweep/run/index.js';
import type { CommandContext } from './context.js';
import { formatSeconds } from './output.js';
import { nameOf } from './sweepFollow.js';

/** How many failed trials are named; their records name all. */
const mostNamed = 10;

/** @throws Error that names the trials that failed */
export async function concludeSweep(
  { finished, halved, failed }: StudyEnd,
  { trials, directory }: OpenStudy,
  { seconds, goOn, context }: { seconds: number; goOn: string; context: CommandContext },
): Promise<void> {
  const ended = halved.length === 0 ? '' : `, ${halved.length} ended by halving`;
  context.out(
    `${finished.length} of ${trials.length} trials finished${ended}, in ${formatSeconds(seconds)}.`,
  );
  try {
    const { report, files } = await writeStudyReport(directory.path, renderReport);
    context.out(report.summary.join('\n'));
    context.out(`Report: ${files.join(', ')}`);
  } catch (error) {
    if (failed.length === 0) throw error;
    context.warn(`There is no report: ${messageOf(error)}`);
  }
  if (failed.length > 0) throw new Error(describeFailures(failed, trials.length, directory.path, goOn));
}

function describeFailures(failed: StudyEnd['failed'], trials: number, path: string, goOn: string): string {
  const more = failed.length - mostNamed;
  return [
    `${failed.length} of ${trials} trials failed:`,
    ...failed.slice(0, mostNamed).map(({ trial, message }) => `  ${nameOf(trial)}: ${message}`),
    ...(more > 0 ? [`  and ${more} more; ${path}/trials/<cell>/<seed>.json have their messages`] : []),
    `To try them again: ${goOn}`,
  ].join('\n');
}
