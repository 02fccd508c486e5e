// Configs: read from YAML or JSON, checked against the schema, completed with defaults, written back.
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Document, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { codeOf, formatPlace, messageOf, UserError } from '../shared/errors.js';
import { didYouMean } from '../shared/nearest.js';
import { hasPath, placeAt, placeOf, type ConfigText } from './configPlaces.js';
import { checkValue, type KeyPath, type Problem } from '../shared/checkValue.js';
import { importModules } from './configModules.js';
import { configSchema, type Config } from './configSchema.js';
import { applyOverride, parseOverride, type Override } from './overrides.js';

export type { Config, ConfigInput } from './configSchema.js';
export { configJsonSchema } from './jsonSchema.js';

/**
 * Reads a config file, imports the modules that it names, and applies overrides, see {@link parseConfig}.
 * @throws UserError when the file or a module cannot be read, or a key is wrong.
 */
export async function loadConfig(file: string, overrides: readonly string[] = []): Promise<Config> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new UserError(await whyUnreadable(file, error), {}, { cause: error });
  }
  const source = readText(text, file);
  await importModules(overridden(source, overrides.map(parseOverride)));
  return parseConfig(text, { file }, overrides);
}

/**
 * The full config that a YAML or JSON text means.
 * @param file names the text in messages
 * @param overrides `key.path=value` each, applied in order
 * @throws UserError that lists every problem with its place, in the order of the file.
 */
export function parseConfig(
  text: string,
  { file }: { readonly file?: string | undefined } = {},
  overrides: readonly string[] = [],
): Config {
  const source = readText(text, file);
  const parsed = overrides.map(parseOverride);
  const result = checkValue(configSchema(), overridden(source, parsed));
  if ('value' in result) return result.value;
  throw problemsError(result.problems, source, parsed);
}

/**
 * The full config from an object, for TypeScript users.
 * @throws UserError that lists every problem with its key.
 */
export function resolveConfig(input: unknown): Config {
  const result = checkValue(configSchema(), input);
  if ('value' in result) return result.value;
  throw new UserError(result.problems.map(({ message }) => message).join('\n'));
}

/** The config as YAML, short lists on one line; loading it gives the same config. */
export function formatConfig(config: Config): string {
  const document = new Document(config);
  visit(document, {
    Seq: (_, list) => {
      list.flow = list.items.every(isScalar);
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function readText(text: string, file: string | undefined): ConfigText {
  const lines = new LineCounter();
  return { document: parseDocument(text, { lineCounter: lines, prettyErrors: false }), lines, file };
}

/** The plain value of a text with its overrides, unchecked. */
function overridden(source: ConfigText, overrides: readonly Override[]): unknown {
  return overrides.reduce(applyOverride, valueOf(source));
}

/** The plain value of a text. */
function valueOf(source: ConfigText): unknown {
  const { document, file } = source;
  const error = document.errors.at(0);
  if (error !== undefined) {
    throw new UserError(`not valid YAML: ${error.message}.`, placeAt(source, error.pos[0]), { cause: error });
  }
  let value: unknown;
  try {
    value = document.toJS() as unknown;
  } catch (error) {
    throw new UserError(`not valid YAML: ${messageOf(error)}.`, { file }, { cause: error });
  }
  if (value === null) {
    throw new UserError('the config is empty; expected at least the keys name, data and model.', { file });
  }
  return value;
}

/** One error for all problems: those of the text in its order, each with its place, then those of overrides. */
function problemsError(
  problems: readonly Problem[],
  source: ConfigText,
  overrides: readonly Override[],
): UserError {
  const reports = problems.map((problem) => {
    const override = overrides.findLast(({ path }) => isCause(path, problem.path, source));
    return override === undefined
      ? { place: placeOf(source, problem.path, problem.part), message: problem.message }
      : { place: {}, message: `Override "${override.text}": ${problem.message}` };
  });
  const order = ({ line = Infinity, column = Infinity }) => line * 1e6 + column;
  reports.sort((a, b) => order(a.place) - order(b.place) || 0);
  const [{ place, message }, ...rest] = reports;
  return new UserError([message, ...rest.map((r) => formatPlace(r.place) + r.message)].join('\n'), place);
}

/** Whether an override set the value at `path`, or made the key at `path`, which the text lacks. */
function isCause(override: KeyPath, path: KeyPath, source: ConfigText): boolean {
  const common = Math.min(override.length, path.length);
  if (override.slice(0, common).some((key, i) => key !== String(path[i]))) return false;
  return override.length <= path.length || !hasPath(source, path);
}

async function whyUnreadable(file: string, error: unknown): Promise<string> {
  const code = codeOf(error);
  if (code === 'EISDIR') return `${file} is a folder; expected a config file (YAML or JSON).`;
  if (code !== 'ENOENT') return `${file} cannot be read: ${messageOf(error)}.`;
  const nearby = await readdir(dirname(file)).catch(() => []);
  return `There is no file ${file}.${didYouMean(basename(file), nearby)}`;
}
