import { expect, test } from 'vitest';
import { classWeightsFor } from './classWeights.js';

test('a class that is called as what every object has gets its own weight, and none that it was not given', () => {
  const classes = ['a', 'constructor'];
  const set = { classes, labels: Int32Array.of(0, 1) };
  expect(classWeightsFor({ constructor: 3, a: 0.5 }, set)).toEqual(Float32Array.of(0.5, 3));
  expect(() => classWeightsFor({ a: 0.5 }, set)).toThrow(
    'train.classWeights has no weight for the class "constructor".',
  );
});
