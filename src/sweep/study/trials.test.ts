import { describe, expect, test } from 'vitest';
import { squeezes } from '../../../test/support/studies.js';
import { useJavaScript } from '../../engine/index.js';
import { buildModel } from '../../models/index.js';
import { deriveSeed } from '../../shared/random.js';
import { parseStudy } from './loadStudy.js';
import { differenceFrom, trialsOf } from './trials.js';

describe('trials', () => {
  test('of one seed begin with the same weights in the layers that their cells share, of another with others', async () => {
    await useJavaScript();
    const parsed = parseStudy(squeezes, {}, ['seeds=2']);
    const kernels = trialsOf(parsed, 's').map(({ config }) => {
      const seed = deriveSeed(config.seed, 'weights');
      const model = buildModel(config.model, { channels: 2, classes: 3, seed });
      const kernel = model.weights.find(({ name, shape }) => shape[0] === 8 && name.includes('kernel'));
      const values = kernel?.read().dataSync().slice(0, 20).join(' ');
      model.dispose();
      return [config.seed, values];
    });
    expect(kernels[0][1]).toMatch(/^-?0\.\d+ /);
    expect(new Set(kernels.filter(([seed]) => seed === 1).map(([, values]) => values)).size).toBe(1);
    expect(new Set(kernels.map(([, values]) => values)).size).toBe(2);
  });

  test('come seed by seed over the cells, each with its folder and its seed in the config', () => {
    const parsed = parseStudy(squeezes, {}, ['seeds=[7, 9]']);
    expect(trialsOf(parsed, 'studies/s').map(({ directory, config }) => [directory, config.seed])).toEqual(
      [7, 9].flatMap((seed) => parsed.cells.map(({ id }) => [`studies/s/trials/${id}/${seed}`, seed])),
    );
  });

  test('have with the first seed the first fold, with the second the second, in every cell', () => {
    const folds = ['base.data.test={ fold: 0, of: 3 }', 'repeat=data.test.fold'];
    const parsed = parseStudy(squeezes, {}, ['seeds=[7, 9]', ...folds]);
    expect(trialsOf(parsed, 's').map(({ seed, config }) => [seed, config.seed, config.data.test])).toEqual(
      [7, 9].flatMap((seed, fold) => parsed.cells.map(() => [seed, seed, { fold, of: 3, groups: false }])),
    );
    const resampled = parseStudy(squeezes, {}, ['base.data.test=b.ts', 'seeds=2', 'repeat=data.resample']);
    const numbers = trialsOf(resampled, 's').map(({ config }) => config.data.resample);
    expect([...new Set(numbers)]).toEqual([0, 1]);
    const changed = (...overrides: string[]) =>
      differenceFrom(parsed, parseStudy(squeezes, {}, [...folds, ...overrides]));
    expect(changed('seeds=[7, 9, 1]', 'base.data.test.fold=2')).toBeNull();
    expect(changed('seeds=[9, 7]')).toBe(
      'seed 7 is not in its place any more, by which data.test.fold is counted',
    );
    expect(differenceFrom(parsed, parseStudy(squeezes, {}, [folds[0], 'seeds=[7, 9]']))).toContain('repeat');
  });

  test.each([
    [
      ['base.data.test={ fold: 0, of: 3 }', 'seeds=4'],
      'data.test.fold',
      'there are 3 folds, fewer than the 4 seeds',
    ],
    [[], 'data.test.fold', 'data.test has no folds, as { fold: 0, of: 5 }'],
    [['base.data.test={ fraction: 0.2 }'], 'data.resample', 'data.test names no files'],
    [['base.data.test=b.ts'], 'data.test.leaveGroupOut', 'data.test leaves no group out'],
    [
      ['base.data.test={ fold: 0, of: 9 }', 'seeds=2', 'axes.data.test.fold=[0, 1]'],
      'data.test.fold',
      'data.test.fold: cannot be set here, as repeat counts data.test.fold with the seeds',
    ],
  ])('are refused where they cannot be counted so (%j, %s)', (overrides, repeat, message) => {
    expect(() => parseStudy(squeezes, {}, [...overrides, `repeat=${repeat}`])).toThrow(message);
  });

  test('of a study that grew are those that were there; of another study they are not', () => {
    const before = parseStudy(squeezes, {}, ['seeds=3']);
    const changed = (...overrides: string[]) => differenceFrom(before, parseStudy(squeezes, {}, overrides));
    expect(changed('seeds=5', 'axes.train.epochs=[100]')).toContain(
      'cell attention=squeeze-excite,ratio=2 is not in it any more',
    );
    expect(changed('seeds=5', 'slurm.time=30', 'base.seed=4')).toBeNull();
    expect(changed('seeds=2')).toBe('seed 3 is not in it any more');
    expect(changed('seeds=3', 'base.train.epochs=5')).toBe(
      'in cell attention=squeeze-excite,ratio=2, train.epochs was 100 and is now 5',
    );
    expect(changed('seeds=3', 'halving.firstEpoch=3')).toBe(
      'halving was "none" and is now {"firstEpoch":3,"factor":3}',
    );
  });
});
