import { expect, test } from 'vitest';
import { shortNames } from './shortNames.js';

test('key paths are called by the last parts that tell them apart, names by what they name', () => {
  const names = shortNames(['model.attention.ratio', 'model.attention.name', 'model.name', 'seed']);
  expect([...names.values()]).toEqual(['ratio', 'attention', 'model', 'seed']);
});
