import { describe, expect, it } from 'vitest';
import { allValues } from '../recordings.js';
import { dataFiles, valuesOf } from '../../../test/support/dataFiles.js';

const { load, read } = dataFiles();

const FLAT = '@relation x\n@attribute att0 numeric\n@attribute att1 REAL\n@attribute target {a,b}\n@data\n';
const RELATIONAL =
  '@relation x\n@attribute bag relational\n  @attribute t0 numeric\n  @attribute t1 numeric\n  @attribute t2 numeric\n' +
  '@end bag\n@attribute class {a,b}\n@data\n';

describe('an ARFF file', () => {
  it('without a relational attribute has recordings of one channel, whose steps are the numeric attributes', async () => {
    const recordings = await load('flat.arff', `${FLAT}1,2.5,b\n-3e1,4,a\n`);
    expect(recordings).toMatchObject({
      channels: 1,
      classes: ['a', 'b'],
      channelNames: null,
      ids: ['0', '1'],
    });
    expect(valuesOf(recordings, 0)).toEqual([1, 2.5]);
    expect(valuesOf(recordings, 1)).toEqual([-30, 4]);
    expect(Array.from(recordings.labels)).toEqual([1, 0]);
    expect(Array.from(recordings.lines)).toEqual([6, 7]);
  });

  it('with one has a channel for each of its rows, and recordings of different lengths', async () => {
    const recordings = await load('deep.arff', `${RELATIONAL}"1,2,3\\n4,5,6",a\n'7\\n8',b\n`);
    expect(recordings.channels).toBe(2);
    expect(valuesOf(recordings, 0)).toEqual([1, 4, 2, 5, 3, 6]);
    expect(valuesOf(recordings, 1)).toEqual([7, 8]);
  });

  it('is told by @relation, and may have keywords in any case, comments, blanks, tabs, CRLF and no last line break', async () => {
    const content =
      '\ufeff% by hand\r\n\r\n  @RELATION odd % it is\r\n@Attribute\tCLASS\t{ up , "to the left" } % first\r\n' +
      "@attribute 'first step' Integer\r\n@ATTRIBUTE x numeric % last\r\n@DATA % now\r\n% one\r\n\r\n" +
      ' "to the left" ,\t1 , 2 \r\nup\t3\t4 % tabs alone\r\n  % more\r\nup,"5",6';
    const recordings = await load('odd.txt', content);
    expect(recordings.classes).toEqual(['up', 'to the left']);
    expect(Array.from(recordings.labels)).toEqual([1, 0, 0]);
    expect(Array.from(allValues(recordings))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(Array.from(recordings.lines)).toEqual([10, 11, 13]);
  });

  it('has names in quotes of either kind, with what they escape', async () => {
    const header = `@attribute x{'it\\'s','a,b','100%',"{\\"}"}\n@attribute y numeric\n@data\n`;
    const recordings = await load('q.arff', `${header}'it\\'s',1\n"a,b",2\n'100%',3\n'{"}',4\n`);
    expect(recordings.classes).toEqual(["it's", 'a,b', '100%', '{"}']);
    expect(Array.from(recordings.labels)).toEqual([0, 1, 2, 3]);
  });

  it('takes "?" and NaN for missing values, at the end too, and an unquoted "?" for an unknown class', async () => {
    const { recordings, missing, firstMissing, problems } = await read(
      'm.arff',
      `${RELATIONAL}'1,2,?\\nNaN,5, ?',a\n'1\\n2',?\n`,
    );
    expect(problems).toEqual([]);
    expect(valuesOf(recordings, 0)).toEqual([1, NaN, 2, 5, NaN, NaN]);
    expect(missing).toBe(3);
    expect(firstMissing).toEqual({ line: 9, recording: '0', channel: '1', step: 3 });
    expect(Array.from(recordings.labels)).toEqual([0, -1]);
  });

  it('has its class by name where several attributes are nominal, else last; the others are left out', async () => {
    const data = '@data\na,p,1\nb,q,2\n';
    const byName = '@attribute Class {a,b}\n@attribute hand {p,q}\n@attribute x numeric\n';
    expect((await load('n.arff', byName + data)).classes).toEqual(['a', 'b']);
    const last = '@attribute x numeric\n@attribute hand {p,q}\n@attribute y {a,b}\n@data\n1,p,b\n';
    expect(await load('l.arff', last)).toMatchObject({ classes: ['a', 'b'], labels: Int32Array.of(1) });
    await expect(load('u.arff', byName.replace('Class', 'side') + data)).rejects.toThrow(
      /u\.arff:4: "side", "hand" could each be the class\. Call the one that is "class", or put it last\./,
    );
  });

  it('may have very many attributes, and a comment in any encoding', async () => {
    const n = 200_000;
    const header = Array.from({ length: n }, (_, i) => `@attribute a${i} numeric\n`).join('');
    const row = '1,'.repeat(n);
    const comment = Buffer.from('% \xe9tude\n', 'latin1');
    const wide = Buffer.from(`${header}@attribute class {a}\n@data\n${row}a\n${row}?,a\n`);
    const { recordings, problems } = await read('wide.arff', Buffer.concat([comment, wide]));
    expect(allValues(recordings).length).toBe(n);
    expect(problems).toEqual([
      { line: n + 5, message: '200,002 values, expected 200,001, one for each attribute.' },
    ]);
  });
});
