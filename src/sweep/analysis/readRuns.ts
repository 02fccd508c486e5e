// Plain run directories as a study: grouped into cells by the config keys in which they differ, seeds apart.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { checkContent } from '../../shared/checkValue.js';
import { groupBy } from '../../shared/groupBy.js';
import { messageOf, UserError } from '../../shared/errors.js';
import { didYouMean } from '../../shared/nearest.js';
import { flatten, openRunDirectory } from '../../track/index.js';
import { nameSettings } from '../study/cellNames.js';
import { directionOf, directionOfBest } from '../study/metric.js';
import { differingKeys } from './differingKeys.js';
import { readRun } from './readRun.js';
import { naturalOrder } from './naturalOrder.js';
import type { CellResults, StudyResults, TrialResult } from './results.js';

/** What a report needs to know of a config; everything else is compared as text. */
const configSchema = z.looseObject({
  name: z.string(),
  seed: z.int(),
  data: z.looseObject({
    train: z.union([z.string(), z.array(z.string())]),
    validation: z.union([z.literal('none'), z.looseObject({ fraction: z.number().optional() })]),
  }),
  model: z.looseObject({ name: z.string() }),
  train: z.looseObject({
    earlyStopping: z.union([z.literal('none'), z.looseObject({ monitor: z.string() })]),
  }),
});

interface Run {
  readonly path: string;
  readonly config: z.output<typeof configSchema>;
  /** What may tell cells apart: values as text by key path. */
  readonly settings: ReadonlyMap<string, string>;
}

export interface RunsOptions {
  readonly metric: string;
  /** The method that others are compared with, by its name in the report. */
  readonly baseline: string | null;
}

/**
 * The results of run directories. Their order is of no consequence.
 * @throws UserError for a folder that is no run, a damaged file, a run without the metric, a baseline that no run has, and two
 *   runs of one cell with the same seed
 */
export async function readRuns(
  paths: readonly string[],
  { metric, baseline }: RunsOptions,
): Promise<StudyResults> {
  const runs = await Promise.all([...new Set(paths)].map(readConfig));
  const names = datasetNames(runs);
  const keys = keysOfCells(runs, names !== null);
  const methodOf = methodNames(runs.map(levelsOf), keys);
  const groups = groupBy(runs, (run) => JSON.stringify([datasetOf(run), levelsOf(run)]));
  const cells = await Promise.all([...groups.values()].map(cellOf));
  cells.sort((a, b) => naturalOrder(a.id, b.id));
  const methods = [...new Set(cells.map(({ method }) => method))];
  if (baseline !== null && !methods.includes(baseline)) {
    throw new UserError(
      `--baseline is "${baseline}", which no run is.${didYouMean(baseline, methods)} Methods here: ${methods.join('; ')}.`,
    );
  }
  const found = [...new Set(runs.map(({ config }) => config.name))];
  return {
    name: found.length === 1 ? found[0] : 'runs',
    kind: 'runs',
    axes: Object.fromEntries(
      keys.map((key) => [key, unique(runs.flatMap(({ settings }) => settings.get(key) ?? []))]),
    ),
    datasets: names === null ? [] : unique([...names.values()]),
    seeds: [...new Set(runs.map(({ config }) => config.seed))].sort((a, b) => a - b),
    repeat: null,
    compare: {
      metric,
      better: directionFor(metric, runs),
      baseline,
      level: 0.05,
      differenceOfInterest: null,
    },
    halving: null,
    cells,
  };

  function datasetOf({ settings }: Run): string | null {
    return names?.get(settings.get('data.train') ?? '') ?? null;
  }

  function levelsOf({ settings }: Run): Record<string, string> {
    return Object.fromEntries(
      keys.flatMap((key) => {
        const level = settings.get(key);
        return level === undefined ? [] : [[key, level]];
      }),
    );
  }

  async function cellOf(group: readonly Run[]): Promise<CellResults> {
    const [first] = group;
    const dataset = datasetOf(first);
    const levels = levelsOf(first);
    const method = keys.length === 0 ? first.config.model.name : methodOf(levels);
    const { validation } = first.config.data;
    const bySeed = group.toSorted((a, b) => a.config.seed - b.config.seed);
    bySeed.slice(1).forEach((run, i) => {
      if (run.config.seed !== bySeed[i].config.seed) return;
      const paths = [bySeed[i].path, run.path].sort(naturalOrder);
      throw new UserError(
        `${paths.join(' and ')} have the same config and seed ${run.config.seed}; name one of them only.`,
      );
    });
    return {
      id: dataset === null ? method : `${dataset},${method}`,
      levels,
      settings: levels,
      dataset,
      role: 'grid',
      method,
      validationFraction: validation === 'none' ? null : (validation.fraction ?? null),
      trials: await Promise.all(bySeed.map((run) => trialOf(run, metric))),
    };
  }
}

async function trialOf({ path, config }: Run, metric: string): Promise<TrialResult> {
  const unfinished = {
    status: 'missing',
    message: 'The run has not finished: it has no result.json.',
  } as const;
  const outcome = (await readRun(path, metric)) ?? unfinished;
  return { seed: config.seed, directory: path, outcome };
}

async function readConfig(path: string): Promise<Run> {
  if (existsSync(join(path, 'study.yaml'))) {
    throw new UserError('this is a study. Report it alone, without other folders.', { file: path });
  }
  const file = openRunDirectory(path).config;
  let value: unknown;
  try {
    value = parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UserError(`this file cannot be read: ${messageOf(error)}.`, { file }, { cause: error });
  }
  const config = checkContent(configSchema, value, file);
  // Name, seed and trackers tell no cells apart.
  const compared = { ...config, name: undefined, seed: undefined, track: undefined };
  // `none` in the place of a named choice is a choice as well, and not one of other keys.
  const entries = Object.entries(flatten(compared)).map(
    ([key, text]) => [text === 'none' && isChoice(key) ? `${key}.name` : key, String(text)] as const,
  );
  return { path, config, settings: new Map(entries) };
}

function isChoice(key: string): boolean {
  return key === 'model.attention';
}

/** The name of a data set by the `data.train` of its runs; null where all runs train on one. */
function datasetNames(runs: readonly Run[]): Map<string, string> | null {
  const files = [...new Set(runs.map(({ settings }) => settings.get('data.train') ?? ''))];
  if (files.length < 2) return null;
  const short = files.map((file) => basename(file).replace(/\.\w+$/, '').replace(/_TRAIN$/i, '')); // prettier-ignore
  const names = new Set(short).size === files.length ? short : files;
  return new Map(files.map((file, i) => [file, names[i]]));
}

/**
 * The keys that tell cells of one data set apart. What differs only from data set to data set, such as its files or epochs, belongs
 * to the data set; but a model is never a matter of data.
 */
function keysOfCells(runs: readonly Run[], severalDatasets: boolean): string[] {
  const all = differingKeys(runs.map(({ settings }) => settings)).sort(naturalOrder);
  if (!severalDatasets) return all;
  const byDataset = [...groupBy(runs, ({ settings }) => settings.get('data.train')).values()];
  const within = byDataset.flatMap((group) => differingKeys(group.map(({ settings }) => settings)));
  return all.filter((key) => within.includes(key) || key.startsWith('model.'));
}

/** Which values of the metric are better; of those whose name does not tell, higher ones. */
function directionFor(metric: string, runs: readonly Run[]): 'higher' | 'lower' {
  if (metric !== 'best.value') return directionOf(metric) ?? 'higher';
  const directions = new Set(runs.map(({ config }) => directionOfBest(config)));
  if (directions.size > 1) {
    throw new UserError(
      'best.value is a loss in some of these runs and an accuracy in others, by train.earlyStopping.monitor. Compare another metric.',
    );
  }
  return [...directions][0];
}

/** Methods are called as the cells of studies are. */
function methodNames(
  all: readonly Readonly<Record<string, string>>[],
  keys: readonly string[],
): (levels: Readonly<Record<string, string>>) => string {
  const different = [...new Map(all.map((levels) => [JSON.stringify(levels), levels])).values()];
  const names = nameSettings(different, keys);
  const byLevels = new Map(different.map((levels, i) => [JSON.stringify(levels), names[i]]));
  return (levels) => byLevels.get(JSON.stringify(levels)) ?? '';
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort(naturalOrder);
}
