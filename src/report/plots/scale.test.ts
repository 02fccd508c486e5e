import { expect, test } from 'vitest';
import { costScale, extent, linearScale, logScale } from './scale.js';

const labels = ({ ticks }: ReturnType<typeof linearScale>) => ticks.map(({ label }) => label);

test('a linear scale has round ticks that cover its values', () => {
  const scale = linearScale([0.912, 0.947], [100, 0]);
  expect(labels(scale)).toEqual(['0.91', '0.92', '0.93', '0.94', '0.95']);
  expect(scale.at(0.91)).toBeCloseTo(100);
  expect(scale.at(0.95)).toBeCloseTo(0);
});

test('a scale that is not widened has the ticks inside its values', () => {
  const scale = linearScale([-0.013, 0.024], [0, 100], { whole: false });
  expect(labels(scale)).toEqual(['−0.01', '0.00', '0.01', '0.02']);
  expect([scale.at(-0.013), scale.at(0.024)]).toEqual([0, 100]);
});

test.for([
  { name: 'one value', values: [3, 3] as const },
  { name: 'zero', values: [0, 0] as const },
  { name: 'no value', values: null },
])('$name gets a scale with room', ({ values }) => {
  const { domain, ticks } = linearScale(values, [0, 100]);
  expect(domain[1]).toBeGreaterThan(domain[0]);
  expect(ticks.length).toBeGreaterThan(1);
});

test('costs that span more than a factor are on a logarithmic scale', () => {
  const wide = costScale([1000, 1e6], [0, 100]);
  expect(wide.at(31_623) - wide.at(1000)).toBeCloseTo(wide.at(1e6) - wide.at(31_623), 2);
  expect(labels(wide)).toEqual(['1 k', '10 k', '100 k', '1 M']);
  expect(labels(costScale([10_000, 20_000], [0, 100]))).toEqual(['10 k', '15 k', '20 k']);
  expect(labels(costScale([0, 2000], [0, 100]))).toContain('0');
});

test('a logarithmic scale never goes without ticks', () => {
  expect(labels(logScale([110, 130], [0, 100]))).toEqual(['110', '130']);
});

test('an extent looks at numbers alone', () => {
  expect(extent([null, 3, NaN, undefined, -1, Infinity])).toEqual([-1, 3]);
  expect(extent([null, NaN])).toBeNull();
});
