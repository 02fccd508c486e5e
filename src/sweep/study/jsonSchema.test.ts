import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../shared/node/paths.js';
import { studyJsonSchema } from './jsonSchema.js';

interface Node {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly additionalProperties?: Node;
  readonly anyOf?: readonly Node[];
}

/** Every key of the schema with its dotted path; those of entries of a list or a mapping under the path of that. */
function keysOf(node: Node, path: readonly string[] = []): { path: string; node: Node }[] {
  const inside = [...(node.anyOf ?? []), node.items, node.additionalProperties];
  return [
    ...inside.flatMap((each) => (typeof each === 'object' ? keysOf(each, path) : [])),
    ...Object.entries(node.properties ?? {}).flatMap(([key, inner]) => [
      { path: [...path, key].join('.'), node: inner },
      ...keysOf(inner, [...path, key]),
    ]),
  ];
}

const textOf = (file: string): Promise<string> => readFile(join(packageRoot(), file), 'utf8');
const keys = keysOf(studyJsonSchema());

test('configs/study-schema.json is the schema of study files (npm run schema)', async () => {
  const written = JSON.parse(await textOf('configs/study-schema.json')) as unknown;
  expect(written).toEqual(JSON.parse(JSON.stringify(studyJsonSchema())));
});

test('every key of a study file is described in the schema', () => {
  expect(keys.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['axes.when', 'datasets.set', 'design.cells']),
  );
  expect(keys.filter(({ node }) => node.description === undefined)).toEqual([]);
});

test('docs/studies.md documents every key with its default', async () => {
  const rows = (await textOf('docs/studies.md')).split('\n').filter((line) => line.startsWith('| `'));
  const missing = keys.filter(({ path, node: { default: value } }) => {
    const isPlain = ['string', 'number', 'boolean'].includes(typeof value);
    return !rows.some(
      (row) => row.startsWith(`| \`${path}\` `) && (!isPlain || row.includes(`\`${String(value)}\``)),
    );
  });
  expect(missing.map(({ path, node }) => `${path}: ${JSON.stringify(node.default)}`)).toEqual([]);
});
