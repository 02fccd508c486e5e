// Gates of a set as trackers see them.
import tf from '#tfjs';
import { expect, it } from 'vitest';
import { channels, drawRecordings, buildSmall } from '../../test/support/smallModels.js';
import { drawWeights } from '../../test/support/variables.js';
import { recordingsFromArrays } from '../data/index.js';
import { readGates } from '../models/index.js';
import { gateReader } from './gates.js';

const series = drawRecordings([3, 17, 8, 5, 21], 1);

// mobilenet-v3 halves the steps before it gates them.
it.each([
  ['fcn', 'temporal'],
  ['mobilenet-v3', 'temporal'],
  ['mobilenet-v3', 'local-gate'],
  ['fcn', 'squeeze-excite'],
])('are those of each recording by itself, without padded steps: %s, %s', (name, attention) => {
  const model = buildSmall(name, { attention: { name: attention } });
  drawWeights(model);
  const together = gateReader(model, recordingsFromArrays(series, {}))();
  const alone = series.map((steps) =>
    readGates(model, [
      tf.tensor3d([steps], [1, steps.length, channels]),
      tf.tensor2d([[steps.length]], [1, 1], 'int32'),
    ]),
  );
  expect(Object.keys(together).length).toBeGreaterThan(0);
  for (const [key, numbers] of Object.entries(together)) {
    const [layer, gate] = key.split('/');
    const expected = alone.flatMap((gates) => [...gates[layer][gate].dataSync<'float32'>()]);
    expect(numbers).toHaveLength(expected.length);
    expect(Math.max(...expected.map((value, i) => Math.abs(value - numbers[i])))).toBeLessThan(1e-5);
  }
});

it('are of 32 recordings at most, from the whole set', () => {
  const model = buildSmall('fcn', { attention: { name: 'squeeze-excite' } });
  const many = Array.from({ length: 100 }, () => series[0]);
  const [first] = Object.values(gateReader(model, recordingsFromArrays(many, {}))());
  expect(first).toHaveLength(32 * 8);
});
