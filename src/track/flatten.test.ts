// Configs as parameters.
import { expect, it } from 'vitest';
import { flatten } from './flatten.js';

it('names each value by its path; lists are JSON, what is not set is left out', () => {
  const config = {
    seed: 7,
    model: { name: 'fcn', filters: [8, 8], attention: { ratio: 4, bias: false } },
    data: { test: undefined, weights: null },
  };
  expect(flatten(config)).toEqual({
    seed: 7,
    'model.name': 'fcn',
    'model.filters': '[8,8]',
    'model.attention.ratio': 4,
    'model.attention.bias': false,
    'data.weights': 'null',
  });
});
