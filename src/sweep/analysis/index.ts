// What studies and plain runs say: results read, analysed, and written as a report.
export { analyze } from './analyze.js';
export { readRuns, type RunsOptions } from './readRuns.js';
export { readStudyResults } from './readStudyResults.js';
export { parseReport } from './reportSchema.js';
export type { StudyResults } from './results.js';
export type { StudyReport } from './studyReport.js';
export { writeReport, writeStudyReport } from './writeReport.js';
