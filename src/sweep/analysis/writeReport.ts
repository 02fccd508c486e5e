// Writes a report: everything is made and checked before the first file is touched.
import { writeFileAtomic } from '../../shared/node/files.js';
import { checkOutputFolder } from '../../shared/node/outputFolder.js';
import { studyDirectory } from '../study/study.js';
import { analyze } from './analyze.js';
import { readStudyResults } from './readStudyResults.js';
import { formatReportCsv } from './reportCsv.js';
import { parseReport } from './reportSchema.js';
import type { StudyResults } from './results.js';
import type { StudyReport } from './studyReport.js';

export interface WrittenReport {
  readonly report: StudyReport;
  /** In the order in which they are named to users. */
  readonly files: readonly string[];
}

/** Makes `report.html` of a report. */
export type Render = (report: StudyReport) => string;

/**
 * Writes `report.html`, `report.json` and `report.csv` of a study into its folder.
 * @throws UserError when the folder is no study, or a file of a run is damaged or lacks the metric
 */
export async function writeStudyReport(directory: string, render: Render): Promise<WrittenReport> {
  return writeReport(await readStudyResults(directory), directory, render);
}

/** @param folder where the files go; it is made if needed */
export async function writeReport(
  results: StudyResults,
  folder: string,
  render: Render,
): Promise<WrittenReport> {
  await checkOutputFolder(folder);
  const { reportHtml, reportJson, reportCsv } = studyDirectory(folder);
  const report = analyze(results, folder);
  const json = `${JSON.stringify(report, null, 2)}\n`;
  parseReport(json, reportJson);
  const contents = [
    [reportHtml, render(report)],
    [reportJson, json],
    [reportCsv, formatReportCsv(report)],
  ] as const;
  for (const [file, content] of contents) await writeFileAtomic(file, content);
  return { report, files: contents.map(([file]) => file) };
}
