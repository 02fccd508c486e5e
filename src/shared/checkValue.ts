// What is wrong with a value that a schema describes, in words: each problem with the path of its key, what was found
// and what was expected.
import { z } from 'zod';
import { UserError } from './errors.js';
import { didYouMean } from './nearest.js';

/** A key of a config as a path, e.g. `['train', 'epochs']`. */
export type KeyPath = readonly PropertyKey[];

/** One thing that is wrong with a config. */
export interface Problem {
  readonly path: KeyPath;
  /** Whether the key itself is wrong, or its value. */
  readonly part: 'key' | 'value';
  /** Begins with the dotted path. */
  readonly message: string;
}

/** Checks a value against a schema; gives the resolved value or all problems. */
export function checkValue<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): { value: z.output<Schema> } | { problems: Problem[] } {
  const result = schema.safeParse(value, { error: describe });
  if (result.success) return { value: result.data };
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, []));
  return {
    problems: problems.map((problem) => ({ ...problem, message: prefix(problem.path) + problem.message })),
  };
}

/** @throws UserError that names the file that the value is from, and the first thing that is wrong with it */
export function checkContent<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  file: string,
): z.output<Schema> {
  const checked = checkValue(schema, value);
  if ('value' in checked) return checked.value;
  throw new UserError(`this file is damaged: ${checked.problems[0].message}`, { file });
}

/**
 * The options that `value` means, with defaults filled in.
 *
 * @param what names what has the options, e.g. `Layer "se1"`
 * @throws UserError that lists every problem: unknown options with the nearest known one, values that do not fit
 */
export function checkOptions<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
): z.output<Schema> {
  const result = checkValue(schema, value);
  if ('value' in result) return result.value;
  throw new UserError(result.problems.map(({ message }) => `${what}: ${message}`).join('\n'));
}

/** `train.optimizer.name`. */
export function dotted(path: KeyPath): string {
  return path.map(String).join('.');
}

/** What was found, for a message: short values as they are, long or nested ones by their kind. */
export function found(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'an empty value';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return `a ${typeof value}`;
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
};

/** The error map for zod: the message of one issue without its path; undefined where zod's own will do. */
function describe(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'unrecognized_keys':
      return unknownKeys(issue);
    case 'invalid_union':
    case 'invalid_value':
    case 'invalid_type':
      return mismatch(expectations([issue]), issue);
    case 'too_small':
      return outOfRange(issue.inclusive === false ? 'above' : 'at least', issue.minimum, issue);
    case 'too_big':
      return outOfRange(issue.inclusive === false ? 'below' : 'at most', issue.maximum, issue);
    default:
      return undefined;
  }
}

/** One line for each unknown key, in their order. */
function unknownKeys(issue: z.core.$ZodRawIssue<z.core.$ZodIssueUnrecognizedKeys>): string {
  const known = issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : [];
  return issue.keys
    .map((key) => `unknown key.${didYouMean(key, known) || ` Known here: ${known.join(', ')}.`}`)
    .join('\n');
}

function mismatch({ kinds, values }: Expectations, issue: z.core.$ZodRawIssue): string {
  const choices = values.length > 1 ? [`one of ${values.join(', ')}`] : values;
  const input =
    issue.code === 'invalid_union' && issue.discriminator !== undefined
      ? member(issue.input, issue.discriminator)
      : issue.input;
  const expected = `expected ${[...choices, ...kinds].join(' or ')}`;
  if (input === undefined) return `missing; ${expected}.`;
  return `${expected}, found ${found(input)}.${typeof input === 'string' ? didYouMean(input, values) : ''}`;
}

function outOfRange(
  relation: string,
  limit: number | bigint,
  issue: z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig>,
): string {
  const { input, origin } = issue;
  if (Array.isArray(input)) {
    return `expected ${relation} ${limit} ${limit === 1 ? 'entry' : 'entries'}, found ${input.length}.`;
  }
  if (typeof input === 'string') return `expected ${relation} ${limit} characters, found ${found(input)}.`;
  const of = relation.startsWith('at') ? 'of ' : '';
  return `expected ${kinds[origin] ?? 'a value'} ${of}${relation} ${limit}, found ${found(input)}.`;
}

/** What would have been right. */
interface Expectations {
  readonly values: string[];
  readonly kinds: string[];
}

/** Collects what the branches of a union (or a single issue) expected. */
function expectations(issues: readonly (z.core.$ZodRawIssue | z.core.$ZodIssue)[]): Expectations {
  const values = new Set<string>();
  const words = new Set<string>();
  for (const issue of issues) {
    if (issue.code === 'invalid_value') {
      for (const value of issue.values) values.add(String(value));
    } else if (issue.code === 'invalid_type') {
      const whole = 'inst' in issue && issue.inst instanceof z.ZodNumberFormat;
      words.add(kinds[whole ? 'int' : issue.expected] ?? issue.expected);
    } else if (issue.code === 'invalid_union') {
      const options = 'options' in issue && Array.isArray(issue.options) ? issue.options : [];
      for (const value of options) if (value !== undefined) values.add(String(value));
      const inner = expectations(issue.errors.flat());
      for (const value of inner.values) values.add(value);
      for (const kind of inner.kinds) words.add(kind);
    }
  }
  return { values: [...values], kinds: [...words] };
}

/**
 * The problems that one issue stands for. A union that fails in one branch only because of what is inside the value
 * was meant as that branch, so the problems inside are told instead.
 */
function problemsOf(issue: z.core.$ZodIssue, parent: KeyPath): Problem[] {
  const path = [...parent, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n');
    return issue.keys.map((key, i) => ({ path: [...path, key], part: 'key', message: messages[i] }));
  }
  if (issue.code === 'invalid_union') {
    const fitting = issue.errors.filter((branch) => branch.some(isInside));
    if (fitting.length === 1) return fitting[0].flatMap((inner) => problemsOf(inner, path));
  }
  return [
    { path, part: 'value', message: /[.?]$/.test(issue.message) ? issue.message : `${issue.message}.` },
  ];
}

/** Whether an issue is about what is inside the value, not about the value's kind. */
function isInside(issue: z.core.$ZodIssue): boolean {
  if (issue.path.length > 0) return true;
  return issue.code === 'invalid_union' && issue.errors.some((branch) => branch.some(isInside));
}

function prefix(path: KeyPath): string {
  return path.length === 0 ? '' : `${dotted(path)}: `;
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([k]) => k === key)?.[1]
    : undefined;
}
