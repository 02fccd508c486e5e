// Configs: read from YAML or JSON, checked against the schema, completed with defaults, written back.
import { checkValue } from '../shared/checkValue.js';
import { UserError } from '../shared/errors.js';
import { readText } from '../shared/node/readText.js';
import { errorOf, reportOf } from '../shared/problemReports.js';
import { formatYaml, parseText, plainValue, type YamlText } from '../shared/yamlText.js';
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
  const text = await readText(file, 'a config file (YAML or JSON)');
  await importModules(overridden(parseText(text, file), overrides.map(parseOverride)));
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
  const source = parseText(text, file);
  const parsed = overrides.map(parseOverride);
  const result = checkValue(configSchema(), overridden(source, parsed));
  if ('value' in result) return result.value;
  throw errorOf(result.problems.map((problem) => reportOf(problem, source, parsed)));
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
  return formatYaml(config);
}

/** The plain value of a config's text, unchecked. */
export function configValue(source: YamlText): unknown {
  return plainValue(source, 'the config is empty; expected at least the keys name, data and model.');
}

/** The plain value of a text with its overrides, unchecked. */
function overridden(source: YamlText, overrides: readonly Override[]): unknown {
  return overrides.reduce(applyOverride, configValue(source));
}
