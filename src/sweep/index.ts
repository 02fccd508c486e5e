// Studies for programs: their files and cells, what they will take, and what their results say.
export {
  analyze,
  parseReport,
  readRuns,
  readStudyResults,
  type RunsOptions,
  type StudyReport,
  type StudyResults,
} from './analysis/index.js';
export { formatStudy, loadStudy, parseStudy, readStudy } from './study/loadStudy.js';
export {
  planStudy,
  type PlannedCell,
  type PlanOptions,
  type SeedsNeeded,
  type StudyPlan,
} from './study/planStudy.js';
export type {
  Cell,
  Compare,
  Halving,
  Settings,
  SlurmRequest,
  Study,
  StudyCell,
  Trial,
} from './study/study.js';
export type { StudyFile, StudyInput } from './study/studySchema.js';
export { trialsOf } from './study/trials.js';
