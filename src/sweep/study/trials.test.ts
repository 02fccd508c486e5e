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
