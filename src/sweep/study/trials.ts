// The trials of a study, and whether a study is the one that a folder was begun with.
import { firstDifference } from '../../shared/firstDifference.js';
import { trialDirectory, type Study, type Trial } from './study.js';

/** Every cell with every seed: seed by seed, so that a study that is interrupted has all its cells. */
export function trialsOf(study: Study, directory: string): Trial[] {
  return study.seeds.flatMap((seed) =>
    study.cells.map((cell) => ({
      cell,
      seed,
      directory: trialDirectory(directory, cell.id, seed),
      config: { ...cell.config, seed },
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
    const difference = firstDifference({ ...config, seed: 0 }, { ...now.config, seed: 0 });
    if (difference !== null) return `in cell ${id}, ${difference}`;
  }
  const seed = before.seeds.find((each) => !after.seeds.includes(each));
  if (seed !== undefined) return `seed ${seed} is not in it any more`;
  return firstDifference({ halving: before.file.halving }, { halving: after.file.halving });
}
