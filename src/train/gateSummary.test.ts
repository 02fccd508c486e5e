// What gates.json says of a set, against NumPy on the gates of each recording by itself, where there is no padding.
import tf from '#tfjs';
import { describe, expect, it } from 'vitest';
import { testWithPython } from '../../test/support/python.js';
import { buildSmall, channels, drawRecordings } from '../../test/support/smallModels.js';
import { drawWeights } from '../../test/support/variables.js';
import { recordingsFromArrays } from '../data/index.js';
import { gateRange, readGates, type AttentionChoice } from '../models/index.js';
import { summarizeGates, type GateSummary } from './gateSummary.js';

// More than a batch, of lengths that are padded to 8 steps at least and 40 at most; no recording is of the last class.
const lengths = Array.from({ length: 70 }, (_, i) => 1 + ((i * 17) % 40));
const labels = lengths.map((_, i) => (i % 7 === 0 ? 'a' : i % 2 === 0 ? 'b' : 'c'));
const series = drawRecordings(lengths, 1);
const recordings = recordingsFromArrays(series, { labels, classes: ['a', 'b', 'c', 'd'] });

function drawn(name: string, attention: AttentionChoice): tf.LayersModel {
  const model = buildSmall(name, { attention });
  drawWeights(model);
  return model;
}

/** The gates `[step][channel]` of each recording without padding, by `layer/gate`. */
function gatesAlone(model: tf.LayersModel): Record<string, number[][][]> {
  const alone: Record<string, number[][][]> = {};
  for (const steps of series) {
    tf.tidy(() => {
      const values = tf.tensor3d([steps], [1, steps.length, channels]);
      const read = readGates(model, [values, tf.tensor2d([[steps.length]], [1, 1], 'int32')]);
      for (const [layer, gates] of Object.entries(read)) {
        for (const [name, gate] of Object.entries(gates)) {
          const width = name === 'temporal' ? 1 : (gate.shape.at(-1) ?? 1);
          (alone[`${layer}/${name}`] ??= []).push(
            gate.reshape<tf.Tensor2D>([gate.size / width, width]).arraySync(),
          );
        }
      }
      tf.dispose(read);
    });
  }
  return alone;
}

const numpy = `
import numpy as np

def summary(gates, labels, classes, low, high):
    means = np.array([np.mean(steps, axis=0) for steps in gates])
    labels = np.array(labels)
    groups = [means[labels == name] for name in classes]
    total = ((means - means.mean(axis=0)) ** 2).sum()
    between = sum(len(g) * ((g.mean(axis=0) - means.mean(axis=0)) ** 2).sum() for g in groups if len(g))
    return {
        "profile": [g.mean(axis=0).tolist() if len(g) else None for g in groups],
        "spread": [g.std(axis=0).tolist() if len(g) else None for g in groups],
        "low": np.mean([np.mean(np.array(steps) <= low + 0.05) for steps in gates]),
        "high": np.mean([np.mean(np.array(steps) >= high - 0.05) for steps in gates]),
        "betweenRecordings": np.sqrt(np.mean(means.var(axis=0))),
        "betweenClassesShare": between / total,
    }

def main(data):
    return {key: summary(gates, data["labels"], data["classes"], *data["ranges"][key]) for key, gates in data["gates"].items()}
`;

interface Expected {
  profile: (number[] | null)[];
  spread: (number[] | null)[];
  low: number;
  high: number;
  betweenRecordings: number;
  betweenClassesShare: number;
}

describe('the summary of gates', () => {
  // mobilenet-v3 halves the steps before it gates them.
  testWithPython.for([
    ['fcn', { name: 'squeeze-excite', ratio: 4, gate: 'one-plus-tanh' }],
    ['fcn', { name: 'cbam', ratio: 2 }],
    ['mobilenet-v3', 'temporal'],
    ['mobilenet-v3', { name: 'local-gate', gate: 'hard-sigmoid' }],
  ] as const)(
    'agrees with NumPy on recordings without padding: %s, %j',
    async ([name, attention], { python }) => {
      const model = drawn(name, attention);
      const summary = summarizeGates(model, recordings);
      const gates = gatesAlone(model);
      const ranges = Object.fromEntries(
        Object.entries(summary?.gates ?? {}).map(([key, { range }]) => [key, range]),
      );
      const expected = (await python(numpy, {
        gates,
        ranges,
        labels,
        classes: recordings.classes,
      })) as Record<string, Expected>;
      expect(Object.keys(summary?.gates ?? {})).toEqual(Object.keys(expected));
      for (const [key, gate] of Object.entries(summary?.gates ?? {})) {
        const { profile, spread, low, high, betweenRecordings, betweenClassesShare } = expected[key];
        if (key.endsWith('/temporal')) expect([gate.profile, gate.spread]).toEqual([null, null]);
        else {
          expectClose(gate.profile, profile);
          expectClose(gate.spread, spread);
        }
        expect(gate.saturated.low).toBeCloseTo(low, 5);
        expect(gate.saturated.high).toBeCloseTo(high, 5);
        expect(gate.betweenRecordings).toBeCloseTo(betweenRecordings, 5);
        expect(gate.betweenClassesShare).toBeCloseTo(betweenClassesShare, 4);
      }
    },
  );

  it('finds no difference between recordings in gates that do not look at them', () => {
    const { gates } = summarize('fcn', { name: 'parameter-matched', ratio: 4 });
    for (const { betweenRecordings, betweenClassesShare, spread } of Object.values(gates)) {
      expect({ betweenRecordings, betweenClassesShare }).toEqual({
        betweenRecordings: 0,
        betweenClassesShare: null,
      });
      expect(spread?.[0]).toEqual(Array.from({ length: spread?.[0].length ?? 0 }, () => 0));
    }
  });

  it('counts gates at both ends of their range as saturated', () => {
    const model = drawn('fcn', { name: 'squeeze-excite', ratio: 4, gate: 'hard-sigmoid', bias: true });
    const large = model.getWeights().map((weight) => tf.mul(weight, 1e3));
    for (const [i, weight] of model.weights.entries())
      if (weight.name.includes('expansion')) weight.write(large[i]);
    for (const { saturated } of Object.values(summarizeGates(model, recordings)?.gates ?? {})) {
      expect(saturated.low).toBeGreaterThan(0.1);
      expect(saturated.high).toBeGreaterThan(0.1);
      expect(saturated.low + saturated.high).toBeGreaterThan(0.95);
    }
  });

  it('is null without attention', () => {
    expect(summarizeGates(drawn('fcn', 'none'), recordings)).toBeNull();
  });

  it('leaves out weights that sum to 1 over the steps', () => {
    expect(Object.keys(summarize('fcn', { name: 'global-context', fusion: 'scale' }).gates)).toEqual([
      'block1_attention/channel',
      'block2_attention/channel',
    ]);
  });
});

it.each([
  ['squeeze-excite', 'channel', [0, 1]],
  ['gather-excite', 'channel', [0, 1]],
  ['eca', 'channel', [0, 1]],
  ['cbam', 'temporal', [0, 1]],
  ['bam', 'values', [1, 2]],
  ['simam', 'values', [1 / (1 + Math.exp(-0.5)), 1]],
  ['global-context', 'added', [null, null]],
  [{ name: 'eca', gate: 'one-plus-tanh' }, 'channel', [0, 2]],
])('knows what a gate can be: %j, %s', (attention, gate, range) => {
  expect(gateRange(buildSmall('fcn', { attention }), 'block1_attention', gate)).toEqual(range);
});

function summarize(name: string, attention: AttentionChoice): GateSummary {
  const summary = summarizeGates(drawn(name, attention), recordings);
  if (summary === null) throw new Error('there are gates');
  return summary;
}

/** To the digits that are kept; rows of a class without recordings are null where numbers would be. */
function expectClose(
  found: readonly (readonly (number | null)[])[] | null,
  expected: readonly (readonly number[] | null)[],
): void {
  expect(found).toHaveLength(expected.length);
  for (const [i, row] of expected.entries()) {
    if (row === null) expect(new Set(found?.[i])).toEqual(new Set([null]));
    else for (const [j, value] of row.entries()) expect(found?.[i][j]).toBeCloseTo(value, 5);
  }
}
