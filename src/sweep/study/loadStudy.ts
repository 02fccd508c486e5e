// Study files: read from YAML or JSON, checked with every config that they lead to, written back.
import { existsSync } from 'node:fs';
import { checkValue, found } from '../../shared/checkValue.js';
import { UserError } from '../../shared/errors.js';
import { readText } from '../../shared/node/readText.js';
import { errorOf, reportOf } from '../../shared/problemReports.js';
import { formatYaml, parseText, plainValue, type YamlText } from '../../shared/yamlText.js';
import { configValue } from '../../train/config.js';
import { importModules } from '../../train/configModules.js';
import { applyOverride, parseOverride, type Override } from '../../train/overrides.js';
import { buildStudy } from './buildStudy.js';
import { checkDataFiles } from './checkDataFiles.js';
import type { StudySource } from './resolveCells.js';
import { studyDirectory, type Study } from './study.js';
import { studySchema, type StudyFile } from './studySchema.js';

/**
 * Reads a study file and its base config, imports the modules that it names, and makes every cell.
 *
 * @param overrides `key.path=value` each: keys of the study file such as `seeds=3`, and `base.train.epochs=5` for one of the
 * base config
 * @throws UserError that lists every problem with its place, or names a data file that is not there
 */
export async function loadStudy(file: string, overrides: readonly string[] = []): Promise<Study> {
  if (existsSync(studyDirectory(file).study)) {
    throw new UserError(
      'this is the folder of a study, expected a study file. --study-dir names a folder, and with --resume the study in it goes on.',
      { file },
    );
  }
  const { study, source } = await read(file, overrides);
  checkDataFiles(study, source);
  return study;
}

/**
 * The study whose trials a folder holds, from the `study.yaml` in it.
 * @throws UserError when there is none
 */
export async function readStudy(directory: string): Promise<Study> {
  const { study: file } = studyDirectory(directory);
  if (!existsSync(file)) {
    throw new UserError(`${directory} is no folder of a study: it has no study.yaml.`);
  }
  return (await read(file, [])).study;
}

/**
 * The study that a text means, whose base config stands in it.
 * @param file names the text in messages
 * @throws UserError that lists every problem with its place
 */
export function parseStudy(
  text: string,
  { file }: { readonly file?: string | undefined } = {},
  overrides: readonly string[] = [],
): Study {
  const begun = begin(text, file, overrides);
  if (typeof begun.file.base === 'string') {
    throw new UserError('the base config of a text has to stand in it; use loadStudy for a study file.', {
      file,
    });
  }
  return buildStudy(begun.file, sourceOf(begun, null));
}

/** The study as YAML with its base config in it; reading it gives the same study. */
export function formatStudy({ file }: Study): string {
  return formatYaml(file);
}

async function read(
  file: string,
  overrides: readonly string[],
): Promise<{ study: Study; source: StudySource }> {
  const begun = begin(await readText(file, 'a study file (YAML or JSON)'), file, overrides);
  const { base } = begun.file;
  const source = sourceOf(
    begun,
    typeof base === 'string' ? parseText(await readBase(base, begun), base) : null,
  );
  await importModules(source.base.value);
  return { study: buildStudy(begun.file, source), source };
}

/** A study file once it is checked by itself. */
interface Begun {
  readonly file: StudyFile;
  readonly text: YamlText;
  /** Of the study file's own keys. */
  readonly overrides: readonly Override[];
  /** Of the base config, by its key path. */
  readonly baseOverrides: readonly Override[];
}

function begin(text: string, file: string | undefined, typed: readonly string[]): Begun {
  const source = parseText(text, file);
  const all = typed.map(parseOverride);
  const isOfBase = ({ path }: Override): boolean => path[0] === 'base' && path.length > 1;
  const overrides = all.filter((override) => !isOfBase(override)).map(withWholeKeys);
  const empty = 'the study is empty; expected at least the keys name and base.';
  const result = checkValue(studySchema(), overrides.reduce(applyOverride, plainValue(source, empty)));
  if ('problems' in result) {
    throw errorOf(result.problems.map((problem) => reportOf(problem, source, overrides)));
  }
  const baseOverrides = all.filter(isOfBase).map((override) => {
    return { ...override, path: override.path.slice(1) };
  });
  return { file: result.value, text: source, overrides, baseOverrides };
}

/** Mappings of a study file whose keys are key paths of a config, with dots in them. */
const keyPathMappings = [/^axes$/, /^controls\.\d+$/, /^datasets\.\d+\.set$/, /^compare\.baseline$/];

/** `axes.model.attention.ratio=…` sets the key `model.attention.ratio` of `axes`. */
function withWholeKeys(override: Override): Override {
  const { path } = override;
  const depth = path.findIndex((_, i) =>
    keyPathMappings.some((mapping) => mapping.test(path.slice(0, i).join('.'))),
  );
  return depth < 0 ? override : { ...override, path: [...path.slice(0, depth), path.slice(depth).join('.')] };
}

async function readBase(base: string, { text, overrides }: Begun): Promise<string> {
  try {
    return await readText(base, 'a config file (YAML or JSON)');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw errorOf([
      reportOf({ path: ['base'], part: 'value', message: `base: ${error.message}` }, text, overrides),
    ]);
  }
}

/** @param baseText the base config where it is a file of its own */
function sourceOf({ file, text, overrides, baseOverrides }: Begun, baseText: YamlText | null): StudySource {
  const own = baseText === null ? file.base : configValue(baseText);
  if (typeof own !== 'object' || own === null || Array.isArray(own)) {
    throw new UserError(`expected the mapping of a config, found ${found(own)}.`, { file: baseText?.file });
  }
  const plain = { name: file.name, ...own };
  // A base config that was typed as a whole is the override's from its root on.
  const typed = overrides.filter(({ path }) => path.length === 1 && path[0] === 'base');
  const roots = baseText === null ? typed.map((override) => ({ ...override, path: [] })) : [];
  return {
    text,
    overrides,
    base: {
      value: baseOverrides.reduce(applyOverride, plain),
      text: baseText ?? text,
      within: baseText === null ? ['base'] : [],
      overrides: [...roots, ...baseOverrides],
    },
  };
}
