// Forms of CSV beside the long one with commas: one row a recording, other separators, decimal commas.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataFiles, valuesOf } from '../../../test/support/dataFiles.js';
import { allValues, count } from '../recordings.js';
import type { Columns } from './reader.js';

const { load, read } = dataFiles();

describe('a wide CSV', () => {
  it('has a column for each step of each channel; empty cells at the end of a row shorten it, others are missing', async () => {
    const content =
      'id,label,x_0,x_1,x_2,y_0,y_1,y_2,subject,split\na,up,1,2,,4,,,p,train\nb,down,7,8,9,10,11,12,q,test\n';
    const recordings = await load('w.csv', content, { missing: 'report' });
    expect(recordings).toMatchObject({
      ...{ channelNames: ['x', 'y'], ids: ['a', 'b'], groups: ['p', 'q'], classes: ['down', 'up'] },
      splits: ['train', 'test'],
    });
    expect(valuesOf(recordings, 0)).toEqual([1, 4, 2, NaN]);
    expect(valuesOf(recordings, 1)).toEqual([7, 10, 8, 11, 9, 12]);
    await expect(load('w.csv', content)).rejects.toThrow(
      /w\.csv:2: recording a, channel "y", step 2: the value is missing/,
    );
  });

  it.each([
    ['numbers from 0', '0,1,2,label\n1,2,,a\n4,5,6,b\n', null],
    ['numbers from 1, with semicolons', 'label;1;2;3\na;1;2;\nb;4;5;6\n', null],
    ['t0 to t2', 'label,t0,t1,t2\na,1,2,\nb,4,5,6\n', null],
    ['a name and numbers', 'class,acc 0,acc 1,acc 2\na,1,2,\nb,4,5,6\n', ['acc']],
    ['ids, each on one row', 'id,t_000,t_001,t_002,label\n7,1,2,,a\n8,4,5,6,b\n', null],
  ])('is told by a header that counts: %s', async (_, content, channelNames) => {
    const { format, problems } = await read('w.csv', content);
    expect({ format, problems }).toEqual({ format: 'csv-wide', problems: [] });
    const recordings = await load('w.csv', content);
    expect(recordings).toMatchObject({ channelNames, classes: ['a', 'b'] });
    expect([valuesOf(recordings, 0), valuesOf(recordings, 1)]).toEqual([
      [1, 2],
      [4, 5, 6],
    ]);
  });

  it.each([
    ['rows of one recording', 'id,x0,x1\n1,2,3\n1,4,5\n2,4,5\n2,6,7\n'],
    ['a column of times', 'id,t,x0,x1\n1,0,2,3\n2,0,4,5\n'],
    ['another column', 'id,x0,x1,y\n1,2,3,4\n2,4,5,6\n'],
    ['many rows of one recording beside another column', 'id,x0,x1,x2,y\n1,2,3,4,5\n1,4,5,6,7\n2,4,5,6,7\n'],
    ['numbers that do not count', 'id,x0,x2\n1,2,3\n2,4,5\n'],
  ])('is not seen where there are %s', async (_, content) => {
    expect((await read('l.csv', content)).format).toBe('csv');
  });

  it('with another column is read as wide once the channels are named, and as long only where the format says so', async () => {
    const content = 'id,label,age,x_0,x_1,x_2\n1,a,20,1,2,3\n2,b,30,4,5,6\n';
    const wide = await load('o.csv', content, { columns: { channels: ['x'] } });
    expect(wide).toMatchObject({ channelNames: ['x'], offsets: Float64Array.of(0, 3, 6) });
    const long = await load('o.csv', content, { format: 'csv' });
    expect(long).toMatchObject({
      channelNames: ['age', 'x_0', 'x_1', 'x_2'],
      offsets: Float64Array.of(0, 1, 2),
    });
    // Each header as a channel, as of a table of steps.
    const { problems } = await read('o.csv', content, { columns: { channels: ['x_0', 'x_1', 'x_2'] } });
    expect(problems).toMatchObject([
      { message: expect.stringContaining('data.columns.channels: ["x"]') as string },
    ]);
  });

  it('may have the time of a recording beside its steps, once the channels are named', async () => {
    const content = 'id,label,timestamp,x_0,x_1,x_2\n1,a,2026-01-01,1,2,3\n2,b,2026-01-02,4,5,6\n';
    const recordings = await load('t.csv', content, { columns: { channels: ['x'] } });
    expect(recordings).toMatchObject({ channelNames: ['x'], offsets: Float64Array.of(0, 3, 6) });
  });

  it('is told from a long one by all of it where the beginning of a file could be either', async () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => `recording-${i},1,2,3,20\n`).join('');
    const header = 'id,x_0,x_1,x_2,age\n';
    const long = await load('l.csv', header + rows + rows, { labels: 'optional' });
    expect([count(long), long.offsets[1]]).toEqual([60_000, 2]);
    const { problems } = await read('w.csv', header + rows);
    expect(problems).toMatchObject([{ line: 1, message: expect.stringContaining('column "age"') as string }]);
  });

  it('whose recordings are cut by the end of what is looked at may be long', async () => {
    const rows = Array.from({ length: 200_000 }, (_, i) => `${Math.floor(i / 4)},1,2,3\n`).join('');
    for (const first of ['0,1,2,3\n', '0,1,2,3\n0,1,2,3\n', '0,1,2,3\n0,1,2,3\n0,1,2,3\n']) {
      const recordings = await load('l.csv', `id,x_0,x_1,x_2\n${first}${rows}`, { labels: 'optional' });
      expect(count(recordings)).toBe(50_000);
    }
  });

  it('that a finished run is asked about is no reason to ask for a config', async () => {
    const once = 'id,x_0,x_1,x_2,age\n1,1,2,3,20\n2,1,2,3,30\n';
    const mixed = 'id,x_0,x_1,x_2\n1,1,2,3\n2,1,2,3\n2,1,2,3\n';
    const whole = 'id,x_0,label\n1,1,10\n2,2,ab\n3,2,a';
    for (const content of [once, mixed, whole]) {
      expect(await read('p.csv', content, { groups: 'ignore' })).toMatchObject({
        format: 'csv',
        problems: [],
      });
    }
  });

  it('is not seen where channels are named that are columns, whatever others count', async () => {
    const columns = { channels: ['acc'] };
    for (const [content, steps] of [
      ['id,t,acc,acc1,acc2,label\na,0,1,2,3,p\nb,0,4,5,6,q\n', [1]],
      ['id,t,acc,acc1,acc2,label\na,0,1,2,3,p\na,1,1,2,3,p\nb,0,4,5,6,q\n', [1, 1]],
    ] as const) {
      const recordings = await load('l.csv', content, { columns });
      expect(recordings).toMatchObject({ channelNames: ['acc'] });
      expect(valuesOf(recordings, 0)).toEqual(steps);
    }
  });

  it('may have channels of different lengths only where the ones as long as the first are named', async () => {
    const content = 'id,x_0,x_1,x_2,y_0,y_1,label\n1,1,2,3,4,5,a\n2,1,2,3,4,5,b\n';
    const messageFor = async (columns: Columns): Promise<string> =>
      (await read('u.csv', content, { columns })).problems[0].message;
    expect(await messageFor({})).toMatch(
      /data\.columns\.channels: \["x"\], without the numbers, leaves others out\.$/,
    );
    expect(await messageFor({ channels: ['x', 'y'] })).toContain(
      'the columns of channel "y" are 2, but channel "x" has 3 columns; expected',
    );
    const recordings = await load('u.csv', content, { columns: { channels: ['x'] } });
    expect(valuesOf(recordings, 0)).toEqual([1, 2, 3]);
  });

  it('that goes on with a recording after what is looked at is asked for its format first of all', async () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => `recording-${i},1,2,3,up\n`).join('');
    const content = `id,x_0,x_1,x_2,label\n${rows}${rows}`;
    const { problems } = await read('m.csv', content);
    expect(problems[0]).toEqual({
      line: 1,
      message:
        'the header counts as if each row were a recording, but some recordings are on several rows. If a row is a step, set data.format ' +
        'to csv; if it is a recording, give each another id.',
    });
    expect(count(await load('m.csv', content, { format: 'csv' }))).toBe(60_000);
  });

  it('takes the channels that it is told', async () => {
    const content = 'trial,x_0,x_1,y_0,y_1,age\n1,2,3,4,5,60\n';
    const columns = { recording: 'trial', channels: ['y'] };
    const options = { columns, format: 'csv-wide', labels: 'optional' } as const;
    const recordings = await load('c.csv', content, options);
    expect(recordings).toMatchObject({ channelNames: ['y'], ids: ['1'] });
    expect(valuesOf(recordings, 0)).toEqual([4, 5]);
  });

  it('holds what a long one does', async () => {
    const value = fc.option(
      fc.integer({ min: -999, max: 999 }).map((n) => n / 8),
      { freq: 9 },
    );
    const recording = fc
      .tuple(
        fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: -999, max: 999 }),
      )
      .map(([steps, last]) => [...steps, [last, null] as const]);
    await fc.assert(
      fc.asyncProperty(fc.array(recording, { minLength: 1, maxLength: 4 }), async (recordings) => {
        const most = Math.max(...recordings.map(({ length }) => length));
        const names = ['x', 'y'].flatMap((name) =>
          Array.from({ length: most }, (_, step) => `${name}_${step}`),
        );
        const wide = recordings.map((steps, i) =>
          [
            i,
            ...[0, 1].flatMap((c) => Array.from({ length: most }, (_, step) => steps.at(step)?.[c] ?? '')),
          ].join(','),
        );
        const long = recordings.flatMap((steps, i) => steps.map(([x, y]) => [i, x ?? '', y ?? ''].join(',')));
        const options = { missing: 'report', labels: 'optional', format: 'csv-wide' } as const;
        const a = await load('p.csv', `id,${names.join(',')}\n${wide.join('\n')}\n`, options);
        const b = await load('p.csv', `id,x,y\n${long.join('\n')}\n`, { ...options, format: 'csv' });
        expect([allValues(a), a.offsets, a.ids, a.channelNames]).toEqual([
          allValues(b),
          b.offsets,
          b.ids,
          b.channelNames,
        ]);
      }),
      { numRuns: 30, seed: 1 },
    );
  });
});

describe('a CSV', () => {
  it.each([
    ['semicolons and decimal commas', 'id;label;t;x\n1;a;0,5;1,5\n1;a;1;-2,5e-1\n'],
    ['tabs and decimal commas', 'id\tlabel\tt\tx\n1\ta\t0,5\t1,5\n1\ta\t1\t-,25\n'],
    ['bars', 'id|label|t|x\n1|a|0.5|1.5\n1|a|1|-0.25\n'],
    ['bars, and commas in names', '"id"|label|t|x, in m\n1|a|0,5|1,5\n1|a|1|-0,25\n'],
    ['blanks', ' id   label  t x\n  1   a  0.5   1.5\n 1 "a" 1 -2.5e-1\n'],
    ['blanks and decimal commas', 'id label t x\n1 a 0,5 1,5\n1 a 1 -0,25\n'],
  ])('may have %s', async (_, content) => {
    for (const text of [content, content.replaceAll('\n', '\r\n')]) {
      const recordings = await load('d.csv', `\ufeff${text}`);
      expect(recordings).toMatchObject({ ids: ['1'], classes: ['a'] });
      expect(valuesOf(recordings, 0)).toEqual([1.5, -0.25]);
    }
  });

  it('has the same values with a comma as with a point, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 20 }),
        async (values) => {
          const text = `id;label;x\n${values.map((value) => `1;a;${value}\n`).join('')}`;
          const { problems, recordings } = await read('f.csv', text.replaceAll('.', ','));
          expect(problems).toEqual([]);
          // -0 is written 0.
          expect(Array.from(allValues(recordings), (value) => value + 0)).toEqual(
            values.map((value) => Math.fround(value) + 0),
          );
        },
      ),
      { numRuns: 50, seed: 1 },
    );
  });

  it('of one row a recording may have decimal commas too', async () => {
    const recordings = await load('w.csv', 'label;x0;x1\na;1,5;2,5\nb;3;4\n');
    expect(count(recordings)).toBe(2);
    expect(valuesOf(recordings, 0)).toEqual([1.5, 2.5]);
  });
});
