// What the study files of experiments/ promise in their comments.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildModel, modelCost, type AttentionChoice } from '../src/models/index.js';

interface StudyFile {
  readonly axes: { readonly 'model.attention': readonly AttentionChoice[] };
  readonly controls: readonly { readonly 'model.attention': AttentionChoice }[];
}

it('kinds of attention that are compared at equal parameters add as many, to 5 %', () => {
  const { axes, controls } = parse(readFileSync('experiments/attention-kinds.yaml', 'utf8')) as StudyFile;
  const parameters = (attention: AttentionChoice): number =>
    modelCost(buildModel({ name: 'fcn', attention }, { channels: 12, classes: 9, seed: 1 }), 29).parameters;
  const without = parameters('none');
  const kinds = [...axes['model.attention'], ...controls.map((control) => control['model.attention'])];
  const added = kinds.filter((kind) => typeof kind !== 'string').map((kind) => parameters(kind) - without);
  expect(added).toHaveLength(7);
  expect(Math.min(...added)).toBe(10_752);
  expect(Math.max(...added)).toBe(11_197);
  expect(['eca', 'temporal', 'simam'].map((name) => parameters(name) - without)).toEqual([10, 32, 0]);
});
