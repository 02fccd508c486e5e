import { describe, expect, it } from 'vitest';
import { allValues } from '../recordings.js';
import { dataFiles, valuesOf } from '../../../test/support/dataFiles.js';

const { load, read } = dataFiles();

function lines(...objects: unknown[]): string {
  return objects.map((object) => `${JSON.stringify(object)}\n`).join('');
}

describe('JSON lines', () => {
  it('have a recording a line, a channel for each key with an array, and what it is by the names of the others', async () => {
    const recordings = await load(
      'a.jsonl',
      lines(
        {
          id: 'one',
          x: [1, 2, 3],
          Label: 'b',
          y: [4, 5, 6],
          subject: 7,
          split: 'train',
          t: [0, 0.5, 2],
          rate: 50,
        },
        { id: 2, Label: 'a', y: [8], x: [-7.5e-1], subject: 'p', split: 'test', t: ['2024-01-01'] },
      ),
    );
    expect(recordings).toMatchObject({
      channelNames: ['x', 'y'],
      classes: ['a', 'b'],
      ids: ['one', '2'],
      groups: ['7', 'p'],
      splits: ['train', 'test'],
    });
    expect(Array.from(recordings.labels)).toEqual([1, 0]);
    expect(valuesOf(recordings, 0)).toEqual([1, 4, 2, 5, 3, 6]);
    expect(valuesOf(recordings, 1)).toEqual([-0.75, 8]);
    expect(Array.from(recordings.lines)).toEqual([1, 2]);
  });

  it('may hold all channels under one key, as [time][channel]', async () => {
    const recordings = await load('t.ndjson', '\ufeff\n{"values": [[1, 2], [3, 4]], "label": true}\r\n\n');
    expect(recordings).toMatchObject({ channelNames: null, channels: 2, classes: ['True'], ids: ['0'] });
    expect(valuesOf(recordings, 0)).toEqual([1, 2, 3, 4]);
  });

  it('have channels in the order of the first line, numbers as names included', async () => {
    const content =
      '{"b": [1], "10": [2], "2": [3], "label": "a"}\n{"2": [6], "10": [5], "label": "a", "b": [4]}';
    const recordings = await load('order.txt', content);
    expect(recordings.channelNames).toEqual(['b', '10', '2']);
    expect(Array.from(allValues(recordings))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('have null for missing values, and no label, null, "" or "?" for an unknown one, even on the first line', async () => {
    const { recordings, missing, firstMissing, problems } = await read(
      'm.jsonl',
      lines(
        { x: [1], y: [1] },
        { x: [1, null], y: [null, 2], label: 1 },
        ...[null, '', '?'].map((label) => ({ x: [1], y: [1], label })),
      ),
    );
    expect(problems).toEqual([]);
    expect(Array.from(recordings.labels)).toEqual([-1, 0, -1, -1, -1]);
    expect(missing).toBe(2);
    expect(firstMissing).toEqual({ line: 2, recording: '1', channel: '"x"', step: 2 });
  });

  it('have the keys that they are told, in the order of the channels; other arrays are then ignored', async () => {
    const content = lines({ trial: 'a', tags: ['x'], x: [1], y: [2], what: 'up' });
    const columns = { recording: 'trial', channels: ['y', 'x'], label: 'what' };
    const recordings = await load('c.jsonl', content, { columns });
    expect(recordings).toMatchObject({ ids: ['a'], channelNames: ['y', 'x'], classes: ['up'] });
    expect(Array.from(allValues(recordings))).toEqual([2, 1]);
    await expect(load('c.jsonl', content, { columns: { ...columns, label: 'wat' } })).rejects.toThrow(
      'no key "wat" in "trial", "tags", "x", "y", "what". Did you mean "what"?',
    );
    await expect(load('c.jsonl', content, { columns: { ...columns, label: 'x' } })).rejects.toThrow(
      'key "x" is given two roles',
    );
    const unlabelled = { columns: { ...columns, label: 'wat' }, labels: 'optional' } as const;
    expect(await load('c.jsonl', content, unlabelled)).toMatchObject({ classes: [] });
  });

  it('say whether their ids are positions, which go on over several files', async () => {
    const content = lines({ x: [1], label: 'a' }, { x: [2], label: 'a' });
    expect((await read('n.jsonl', content)).numbered).toBe(true);
    expect((await read('i.jsonl', lines({ id: 0, x: [1], label: 'a' }))).numbered).toBe(false);
  });

  it('are read where keys are those of Object, where there are very many, and where values are nested a million deep', async () => {
    const odd = '{"__proto__": [1], "constructor": [2], "label": "a"}\n';
    expect((await load('odd.jsonl', odd)).channelNames).toEqual(['__proto__', 'constructor']);
    expect((await read('odd.jsonl', `${odd}{"label": "a"}\n`)).problems).toEqual([
      { line: 2, message: 'no key "__proto__", which the first recording has.' },
    ]);
    const wide = `{"label":"a"${Array.from({ length: 130_000 }, (_, i) => `,"c${i}":[${i}]`).join('')}}\n`;
    expect((await load('wide.jsonl', wide)).channels).toBe(130_000);
    const deep = `{"label":"a","x":[1],"note":${'['.repeat(1e6)}${']'.repeat(1e6)}}\n`;
    expect((await read('deep.jsonl', deep)).problems).toEqual([
      {
        line: 1,
        message:
          '"note" holds arrays in an array, but is one of the channels "x", "note"; expected a key a channel, ' +
          'or one key that holds [time][channel].',
      },
    ]);
  });
});
