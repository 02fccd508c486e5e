// Small made-up data: waves of different lengths in two channels, of three classes, from four subjects that no other file has.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { uniforms } from './random.js';

const classes = ['calm', 'rising', 'fast'] as const;

/** Writes `<name>.csv` (long CSV: id, subject, label, x, y) with so many recordings, and returns its path. */
export function writeWaves(
  folder: string,
  name: string,
  { recordings, seed, labels = true }: { recordings: number; seed: number; labels?: boolean },
): string {
  const random = uniforms(seed);
  const rows = Array.from({ length: recordings }, (_, i) => {
    const kind = i % classes.length;
    const length = 5 + Math.floor(8 * random());
    const phase = 6 * random();
    return Array.from({ length }, (_, t) => {
      const x = Math.sin(phase + t * [0.2, 0.6, 2][kind]) + 0.2 * random();
      const y = 0.1 * t * kind + 0.2 * random();
      const label = labels ? [classes[kind]] : [];
      return [`${name}-${i}`, `${name}-s${i % 4}`, ...label, x.toFixed(4), y.toFixed(4)].join(',');
    });
  }).flat();
  const header = ['id', 'subject', ...(labels ? ['label'] : []), 'x', 'y'].join(',');
  const path = join(folder, `${name}.csv`);
  writeFileSync(path, [header, ...rows, ''].join('\n'));
  return path;
}

/** Writes waves to train on and to test on, and returns their paths. */
export function writeWaveSets(folder: string): { train: string; test: string } {
  return {
    train: writeWaves(folder, 'train', { recordings: 40, seed: 1 }),
    test: writeWaves(folder, 'test', { recordings: 30, seed: 2 }),
  };
}

/** For runs that are processes: each compiles every shape of its batches, which takes longer than to train. Two here, and of full batches. */
export const fewShapes = { validation: '{ fraction: 0.2 }', lengthBuckets: '2' } as const;

/** Writes a config for waves, of a small network and three epochs, and returns its path. */
export function writeConfig(
  folder: string,
  name: string,
  {
    train,
    test,
    validation = '{ fraction: 0.25 }',
    columns,
    precision = 'float32',
    dropout = 0,
    augmentation = 'none',
    deterministic = false,
    lengthBuckets = 'auto',
  }: {
    train: string;
    test?: string;
    validation?: string;
    columns?: string;
    precision?: string;
    dropout?: number;
    augmentation?: string;
    deterministic?: boolean;
    lengthBuckets?: string;
  },
): string {
  const path = join(folder, `${name}.yaml`);
  const lines = [
    `name: ${name}`,
    'seed: 3',
    'data:',
    `  train: ${train}`,
    ...(test === undefined ? [] : [`  test: ${test}`]),
    `  validation: ${validation}`,
    ...(columns === undefined ? [] : [`  columns: ${columns}`]),
    `model: { name: fcn, filters: [8, 8, 8], dropout: ${dropout}, attention: { name: squeeze-excite, ratio: 2 } }`,
    `train: { epochs: 3, batchSize: 4, lengthBuckets: ${lengthBuckets}, precision: ${precision}, augmentation: ${augmentation}, deterministic: ${deterministic}, optimizer: { name: adamw, learningRate: 0.01 } }`,
    '',
  ];
  writeFileSync(path, lines.join('\n'));
  return path;
}
