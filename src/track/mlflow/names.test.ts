// Names and values that the server takes as they are.
import { expect, it } from 'vitest';
import { artifactPath, keyOf, metricValue, textOf } from './names.js';

it.each([
  ['model.attention.ratio', 'model.attention.ratio'],
  ['validation/F1 (macro)', 'validation/F1 _macro_'],
  ['train.classWeights.größe', 'train.classWeights.größe'],
  ['a/../b', 'a_.._b'],
  ['/a', '_a'],
  ['a/', 'a_'],
  ['a//b', 'a__b'],
  ['..', '_'],
  ['./a', '__a'],
  ['', '_'],
  ['x'.repeat(251), 'x'.repeat(250)],
])('spells the key %j as %j', (name, key) => {
  expect(keyOf(name)).toBe(key);
});

it('writes numbers that JSON has no word for as text', () => {
  expect([NaN, Infinity, -Infinity, 1e308].map(metricValue)).toEqual(['NaN', 'Infinity', '-Infinity', 1e308]);
});

it('shows where a value had to be cut', () => {
  expect([textOf('abcd', 4), textOf('abcde', 4), textOf(false, 10)]).toEqual(['abcd', 'abc…', 'false']);
});

it('refuses paths of artifacts that lead out of the folder of the run', () => {
  expect(artifactPath('plots/loss curve.svg')).toBe('plots/loss%20curve.svg');
  for (const path of ['../x', 'a/../../x', '/x', 'a\\..\\x', '', '.', 'a//b']) {
    expect(() => artifactPath(path)).toThrow('is no path of an artifact');
  }
});
