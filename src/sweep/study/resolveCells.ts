// The configs of cells, checked; and where in the study file, or in its base config, what is wrong with one comes from.
import { canonical } from '../../shared/canonical.js';
import { checkValue, type KeyPath, type Problem } from '../../shared/checkValue.js';
import { reportOf, type Report } from '../../shared/problemReports.js';
import type { YamlText } from '../../shared/yamlText.js';
import { configSchema, type Config } from '../../train/configSchema.js';
import type { Override } from '../../train/overrides.js';
import { assign, type Assignment } from './assignments.js';

/** The texts that a study was read from, for the places of problems. */
export interface StudySource {
  readonly text: YamlText;
  readonly overrides: readonly Override[];
  readonly base: {
    /** The plain base config with its overrides. */
    readonly value: unknown;
    readonly text: YamlText;
    /** The key of the text under which the base config stands. */
    readonly within: KeyPath;
    /** By key path of the base config. */
    readonly overrides: readonly Override[];
  };
}

/** Makes configs out of assignments and collects what is wrong with them. */
export interface Resolver {
  /** The config, or null when something is wrong with it. */
  readonly resolve: (assignments: readonly Assignment[]) => Config | null;
  /** Reports a problem with a value of a cell's config where it comes from. */
  readonly report: (problem: Problem, assignments: readonly Assignment[]) => void;
  /** Reports a problem with the study file; its path is one of the study file. */
  readonly reportStudy: (problem: Problem) => void;
  /** What was reported, each thing once. */
  readonly reports: () => Report[];
}

export function resolver(source: StudySource): Resolver {
  const { base } = source;
  const schema = configSchema();
  const reports = new Map<string, Report>();
  const problemsOf = (config: unknown): Problem[] => {
    const result = checkValue(schema, config);
    return 'value' in result ? [] : result.problems;
  };
  let ofBase: Set<string> | undefined;
  const isOfBase = ({ message }: Problem): boolean => {
    ofBase ??= new Set(problemsOf(base.value).map((problem) => problem.message));
    return ofBase.has(message);
  };
  const add = (report: Report): void => {
    reports.set(canonical(report), report);
  };
  const reportStudy = (problem: Problem): void => {
    add(reportOf(problem, source.text, source.overrides));
  };
  const report = (problem: Problem, assignments: readonly Assignment[]): void => {
    const cause = assignments.findLast(({ key }) => isPrefix(key.split('.'), problem.path));
    if (cause !== undefined) {
      reportStudy(insideOf(cause, problem));
    } else if (isOfBase(problem) || assignments.length === 0) {
      add(reportOf(problem, base.text, base.overrides, base.within));
    } else {
      reportStudy(comesOf(firstWith(problem, assignments), problem));
    }
  };
  /** The first assignment with which a problem is there that then stays. */
  const firstWith = (problem: Problem, assignments: readonly Assignment[]): Assignment => {
    let first = assignments.length - 1;
    for (; first > 0; first--) {
      const before = assign(base.value, assignments.slice(0, first));
      if ('obstacle' in before) break;
      if (!problemsOf(before.config).some(({ message }) => message === problem.message)) break;
    }
    return assignments[first];
  };
  const resolve = (assignments: readonly Assignment[]): Config | null => {
    const assigned = assign(base.value, assignments);
    if ('obstacle' in assigned) {
      const { assignment, message } = assigned.obstacle;
      reportStudy({ path: assignment.keyAt, part: 'key', message });
      return null;
    }
    const result = checkValue(schema, assigned.config);
    if ('value' in result) return result.value;
    for (const problem of result.problems) report(problem, assignments);
    return null;
  };
  return { resolve, report, reportStudy, reports: () => [...reports.values()] };
}

/** A problem at the key of an assignment or inside its value, at its place in the study file. */
function insideOf({ key, at, keyAt }: Assignment, { path, part, message }: Problem): Problem {
  const inner = path.slice(key.split('.').length);
  return inner.length === 0 && part === 'key'
    ? { path: keyAt, part, message }
    : { path: [...at, ...inner], part, message };
}

/** A problem elsewhere in the config that an assignment causes. */
function comesOf({ key, at, keyAt }: Assignment, problem: Problem): Problem {
  const path = key.split('.');
  // A key on the way to the one that is set does not exist.
  if (problem.part === 'key' && isPrefix(problem.path.map(String), path)) {
    return { ...problem, path: keyAt };
  }
  const choice = path.slice(0, -1).join('.');
  const hint =
    path.at(-1) === 'name' && problem.part === 'key'
      ? ` The base config sets it for another ${choice}; set ${choice} as a whole, so that its options go with it.`
      : ` It is so once ${key} is set.`;
  return { path: at, part: 'value', message: `${problem.message}${hint}` };
}

function isPrefix(prefix: readonly string[], path: KeyPath): boolean {
  return prefix.length <= path.length && prefix.every((key, i) => key === String(path[i]));
}
