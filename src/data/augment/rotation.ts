// Rotation: a three-axis sensor that is worn another way round.
import { z } from 'zod';
import { normals, uniform, type RandomGenerator } from '../../shared/draws.js';
import { UserError } from '../../shared/errors.js';
import { didYouMean } from '../../shared/nearest.js';
import type { BatchedRecordings } from '../recordings.js';
import { defineAugmentation, probability } from './augmentation.js';
import { clearMissing, sampleChannels } from './indicators.js';

/** Nine entries, row by row. */
type Matrix = readonly number[];

const channelTriples = z
  .array(z.array(z.union([z.int().min(1), z.string().min(1)])).length(3))
  .min(1)
  .optional()
  .describe(
    'Triples of channels, each by its name or by its number from 1. Default: all channels, three after three.',
  );

export const rotation = defineAugmentation({
  description:
    'Rotates three-axis sensors at random, all triples of channels by the same rotation, as parts of one device.',
  source: 'Um et al. 2017, arXiv:1706.00527',
  options: z.strictObject({
    channels: channelTriples,
    maximumAngle: z
      .number()
      .gt(0)
      .max(180)
      .default(180)
      .describe('Largest angle in degrees; 180: every rotation is as probable.'),
    probability: probability(),
  }),
  prepare: ({ channels, maximumAngle }, { recordings, key }) => {
    const triples = Int32Array.from(
      channels === undefined
        ? consecutive(recordings, key)
        : channels.flat().map((channel) => indexOf(channel, recordings, `${key}.channels`)),
    );
    const repeated = triples.findIndex((channel, i) => triples.indexOf(channel) < i);
    if (repeated >= 0) {
      throw new UserError(
        `${key}.channels: expected each channel once, found channel ${triples[repeated] + 1} twice. ` +
          'Rotations of their own are entries of their own: name rotation once for each.',
      );
    }
    const limit = (maximumAngle * Math.PI) / 180;
    const own = sampleChannels(recordings);
    return ({ values }, random) => {
      rotate(values, recordings.channels, triples, randomRotation(random, limit));
      clearMissing(values, own);
    };
  },
});

/**
 * A rotation of at most `limit` radians about an axis that points anywhere with equal probability. With π it is uniformly
 * distributed over all rotations, with less over those within the limit: their angles have the density `1 − cos θ`
 * (Rummler 2002, Mathematical Intelligencer 24(4):6). Angles that are themselves uniform, as in Um et al., prefer small ones.
 */
export function randomRotation(random: RandomGenerator, limit: number): Matrix {
  const [x, y, z] = normals(random, 3);
  const norm = Math.hypot(x, y, z);
  return rotationAbout([x / norm, y / norm, z / norm], randomAngle(random, limit));
}

/** Draws from the density `θ²` and rejects to `1 − cos θ`, which is 2/π² of it at least. */
function randomAngle(random: RandomGenerator, limit: number): number {
  for (;;) {
    const angle = limit * Math.cbrt(uniform(random));
    if (uniform(random) * angle * angle < 2 * (1 - Math.cos(angle))) return angle;
  }
}

/**
 * The matrix of a rotation (Rodrigues' formula).
 * @param axis of length 1
 * @param angle in radians
 */
export function rotationAbout([x, y, z]: readonly [number, number, number], angle: number): Matrix {
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const rest = 1 - cosine;
  return [
    ...[cosine + rest * x * x, rest * x * y - sine * z, rest * x * z + sine * y],
    ...[rest * x * y + sine * z, cosine + rest * y * y, rest * y * z - sine * x],
    ...[rest * x * z - sine * y, rest * y * z + sine * x, cosine + rest * z * z],
  ];
}

/** @param triples indices of channels, three after three */
function rotate(
  values: Float32Array,
  channels: number,
  triples: Int32Array,
  [xx, xy, xz, yx, yy, yz, zx, zy, zz]: Matrix,
): void {
  for (let i = 0; i < triples.length; i += 3) {
    const [x, y, z] = [triples[i], triples[i + 1], triples[i + 2]];
    for (let start = 0; start < values.length; start += channels) {
      const [a, b, c] = [values[start + x], values[start + y], values[start + z]];
      values[start + x] = xx * a + xy * b + xz * c;
      values[start + y] = yx * a + yy * b + yz * c;
      values[start + z] = zx * a + zy * b + zz * c;
    }
  }
}

function consecutive(recordings: BatchedRecordings, key: string): number[] {
  const { sensors } = sampleChannels(recordings);
  if (sensors % 3 === 0) return Array.from({ length: sensors }, (_, channel) => channel);
  throw new UserError(
    `${key}: rotation takes channels in threes, and the recordings have ${sensors}. ` +
      `Name those of three-axis sensors, for example channels: [[1, 2, 3]].`,
  );
}

function indexOf(channel: number | string, recordings: BatchedRecordings, key: string): number {
  const { sensors } = sampleChannels(recordings);
  if (typeof channel === 'number') {
    if (channel <= sensors) return channel - 1;
    throw new UserError(`${key}: there is no channel ${channel}; the recordings have ${sensors}.`);
  }
  if (recordings.channelNames === null) {
    throw new UserError(
      `${key}: the recordings have no names of channels, found "${channel}". Use numbers from 1 to ${sensors}.`,
    );
  }
  const channelNames = recordings.channelNames.slice(0, sensors);
  const index = channelNames.indexOf(channel);
  if (index >= 0) return index;
  throw new UserError(
    `${key}: there is no channel "${channel}".${didYouMean(channel, channelNames)} Channels: ${channelNames.join(', ')}.`,
  );
}
