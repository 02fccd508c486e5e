// What plots show, read from their marks.
import { expect, test } from 'vitest';
import type { GateLayer } from '../../sweep/analysis/studyReport.js';
import { criticalDifferenceDiagram } from './criticalDifference.js';
import { gateProfile } from './gateProfile.js';
import { heatMap } from './heatMap.js';
import { paretoPlot } from './pareto.js';
import { bandPath, path } from './plot.js';
import { ratioPlot } from './ratio.js';

const numbers = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map((found) => Number(found[1]));

test('a line is interrupted where there is no number, and steps do not add up to an error', () => {
  const thirds = Array.from({ length: 4 }, (_, i) => [i / 3, 0] as const);
  expect(path([...thirds, [NaN, 1], [20, 3]])).toBe('M0 0l.3 0l.4 0l.3 0M20 3');
  expect(
    bandPath([
      [0, 1, 2],
      [1, NaN, 2],
      [2, 1, 3],
    ]),
  ).toBe('M0 2l2 1l0-2l-2 0Z');
});

test.for([
  { better: 'higher' as const, best: '0.9000' },
  { better: 'lower' as const, best: '0.7000' },
])('a heat map frames the best where $better is better, and leaves gaps empty', ({ better, best }) => {
  const { text } = heatMap({
    title: 'a × b',
    rows: { name: 'b', levels: ['1', '2'] },
    columns: { name: 'a', levels: ['x', 'y'] },
    values: [
      [0.7, 0.8],
      [null, 0.9],
    ],
    better,
    note: '',
  });
  expect(/class="tile best">.*?<text[^>]*>([^<]*)</.exec(text)?.[1]).toBe(best);
  expect(numbers(text, /--heat:(\d+)%/g)).toEqual(better === 'higher' ? [0, 50, 100] : [100, 50, 0]);
  expect(text.match(/class="empty"/g)).toHaveLength(1);
});

test('a critical-difference diagram puts the best method left and uppermost, and joins what is not told apart', () => {
  const { text } = criticalDifferenceDiagram({
    title: 'Ranks',
    methods: ['last', 'first', 'middle'],
    averageRanks: [3, 1, 2],
    groups: [[1, 2], [0]],
    criticalDifference: 1.5,
    note: '',
  });
  const [first, middle, last] = numbers(text, /class="leader" d="M([\d.]+)/g);
  expect(middle - first).toBeCloseTo(last - middle);
  expect(middle).toBeGreaterThan(first);
  expect(text.match(/class="bar"/g)).toHaveLength(1);
  expect(Number(/class="bar" x1="([\d.]+)"/.exec(text)?.[1])).toBeCloseTo(first - 4);
  expect(text).toContain(
    'Average ranks, best first: first 1.00, middle 2.00, last 3.00. Not told apart: first, middle.',
  );
});

test('a Pareto plot numbers the front by cost', () => {
  const point = { role: 'grid' as const };
  const plot = paretoPlot({
    points: [
      { ...point, id: 'b', label: 'large', cost: 300, value: 0.9 },
      { ...point, id: 'a', label: 'small', cost: 100, value: 0.8 },
      { ...point, id: 'c', label: 'beaten', cost: 300, value: 0.7 },
    ],
    front: ['a', 'b'],
    better: 'higher',
    cost: 'parameters',
    metric: 'accuracy',
    format: String,
  });
  expect(plot?.text).toContain(
    '<li><span>small</span> <b>100</b></li><li><span>large</span> <b>300</b></li>',
  );
  expect(plot?.text).toContain('Of 3 cells 2 are on the front: small; large.');
});

test('a ratio plot marks where the last gain stops paying and the customary 16, which it may lie beyond', () => {
  const plot = {
    title: 'All cells',
    sufficient: {
      points: [
        { ratio: 2, mean: 0.9, fitted: 0.9, interval: { level: 0.95, lower: 0.89, upper: 0.91 }, share: 0.2 },
        {
          ratio: 8,
          mean: 0.89,
          fitted: 0.89,
          interval: { level: 0.95, lower: 0.88, upper: 0.9 },
          share: 0.8,
        },
      ],
      best: 2,
      sufficient: 8,
      interval: { level: 0.95, lower: 2, upper: 8 },
    },
    closedForm: null,
    metric: 'accuracy',
    domain: [0.88, 0.91] as const,
    note: '',
  };
  const { text } = ratioPlot(plot);
  const [eight, sixteen] = numbers(text, /class="flag [^"]*" x1="([\d.]+)"/g);
  const [two] = numbers(text, /class="dot hollow" cx="([\d.]+)"/g);
  expect((eight - two) / (sixteen - eight)).toBeCloseTo(2, 1);
  expect(text).toContain('stops paying: 8');
  expect(ratioPlot({ ...plot, closedForm: 5.2 }).text).toContain('closed form: 5.2');
  // Far away it would leave no room for the ratios that were tried.
  expect(ratioPlot({ ...plot, closedForm: 5000 }).text).toBe(text);
});

test('a gate profile orders channels by their mean and draws the classes that are farthest from it', () => {
  const away = [0, 0.3, 0.1, 0.25, 0.2, 0.05, 0.15];
  const gate: GateLayer = {
    layer: 'block1',
    classes: away.map((_, i) => String(i)),
    profile: away.map((offset) => [0.6 + offset / 2, 0.2 + offset]),
    spread: null,
    seed: 3,
    saturated: { low: 0, high: 0 },
    betweenRecordings: 0.1,
    betweenClassesShare: 1,
    constant: false,
  };
  const plot = gateProfile(gate)?.text ?? '';
  const drawn = [...plot.matchAll(/<title>class (\d)<\/title>/g)].map(([, i]) => i);
  expect(drawn).toHaveLength(5);
  expect(drawn).toEqual([...drawn].sort());
  expect(drawn).not.toContain('6');
  const overall = /class="curve ink" d="M[\d.]+ [\d.]+l[\d.]+ ?(-?[\d.]+)"/.exec(plot)?.[1];
  // Upwards, for the channel with the smaller mean comes first.
  expect(Number(overall)).toBeLessThan(0);
  expect(gateProfile({ ...gate, profile: null })).toBeNull();
});
