// The trials of a study, and whether a study is the one that a folder was begun with.
import { firstDifference } from '../../shared/firstDifference.js';
import type { Config } from '../../train/index.js';
import { replicateConfig } from './repeat.js';
import { trialDirectory, type Study, type Trial } from './study.js';

/** Every cell with every seed: seed by seed, so that a study that is interrupted has all its cells. */
export function trialsOf(study: Study, directory: string): Trial[] {
  return study.seeds.flatMap((seed, position) =>
    study.cells.map((cell) => ({
      cell,
      seed,
      directory: trialDirectory(directory, cell.id, seed),
      config: replicateConfig(cell.config, study.repeat, seed, position),
    })),
  );
}

/**
 * Why the trials of one study are not trials of another, as a sentence without its stop; null where all of them are. A study may
 * grow: further seeds and cells are no difference, nor is how cells are compared or what is asked of a cluster.
 */
export function differenceFrom(before: Study, after: Study): string | null {
  const named = firstDifference({ name: before.name }, { name: after.name });
  if (named !== null) return named;
  const cells = new Map(after.cells.map((cell) => [cell.id, cell]));
  for (const { id, config } of before.cells) {
    const now = cells.get(id);
    if (now === undefined) return `cell ${id} is not in it any more`;
    const alike = (other: Config): Config => replicateConfig(other, before.repeat, 0, 0);
    const difference = firstDifference(alike(config), alike(now.config));
    if (difference !== null) return `in cell ${id}, ${difference}`;
  }
  const repeat = firstDifference({ repeat: before.repeat }, { repeat: after.repeat });
  if (repeat !== null) return repeat;
  const moved = before.seeds.findIndex((each, i) => after.seeds[i] !== each);
  if (before.repeat !== null && moved >= 0) {
    return `seed ${before.seeds[moved]} is not in its place any more, by which ${before.repeat} is counted`;
  }
  const seed = before.seeds.find((each) => !after.seeds.includes(each));
  if (seed !== undefined) return `seed ${seed} is not in it any more`;
  return firstDifference({ halving: before.file.halving }, { halving: after.file.halving });
}
