import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { attentions, models } from '../models/index.js';
import { packageRoot } from '../shared/node/paths.js';
import { configJsonSchema } from './jsonSchema.js';

interface Node {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
}

/** Every key of the schema with its dotted path; those of each alternative under the same path. */
function keysOf(node: Node, path: readonly string[] = []): { path: string; node: Node }[] {
  const alternatives = [...(node.anyOf ?? []), ...(node.oneOf ?? [])];
  return [
    ...alternatives.flatMap((alternative) => keysOf(alternative, path)),
    ...Object.entries(node.properties ?? {}).flatMap(([key, inner]) => [
      { path: [...path, key].join('.'), node: inner },
      ...keysOf(inner, [...path, key]),
    ]),
  ];
}

async function textOf(file: string): Promise<string> {
  return readFile(join(packageRoot(), file), 'utf8');
}

describe('configJsonSchema', () => {
  const keys = keysOf(configJsonSchema());

  test('is what configs/schema.json holds (npm run build && node scripts/write-schema.mjs)', async () => {
    const written = JSON.parse(await textOf('configs/schema.json')) as unknown;
    expect(written).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
  });

  test('describes every key', () => {
    expect(keys.map(({ path }) => path)).toContain('train.schedule.pctStart');
    expect(keys.filter(({ node }) => node.description === undefined)).toEqual([]);
  });

  test('is what docs/configuration.md documents: every key and every default', async () => {
    const documented = documentedKeys(await textOf('docs/configuration.md'));
    const general = keys.filter(({ path }) => !/^model\.(?!name$|attention$)/.test(path));
    const missing = general.filter(({ path, node: { default: value } }) => {
      const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
      const cell = isPlain ? `\`${value}\`` : '';
      return !documented.some((row) => row.path === path && row.cells.includes(cell));
    });
    expect(missing.map(({ path, node }) => `${path}: ${JSON.stringify(node.default)}`)).toEqual([]);
  });

  test.each([
    ['docs/attention.md', attentions],
    ['docs/models.md', models],
  ])('has no option that %s does not name', async (file, registry) => {
    const text = await textOf(file);
    const options = Object.entries<{ options: { shape: object } }>(registry).flatMap(
      ([name, { options }]) => [name, ...Object.keys(options.shape)],
    );
    expect(options.filter((option) => !text.includes(`\`${option}\``))).toEqual([]);
  });
});

/** The rows of all tables; the path of a key is that of the heading above its table, then its own. */
function documentedKeys(markdown: string): { path: string; cells: string }[] {
  const rows = [];
  let parent: string | undefined;
  for (const line of markdown.split('\n')) {
    if (line.startsWith('#')) parent = /`([\w.]+)`/.exec(line)?.[1];
    const key = /^\| `(\w+)` +\|(.*)/.exec(line);
    if (key === null) continue;
    rows.push({ path: parent === undefined ? key[1] : `${parent}.${key[1]}`, cells: key[2] });
  }
  return rows;
}
