import { describe, expect, it } from 'vitest';
import { allValues } from '../recordings.js';
import { dataFiles, valuesOf } from '../../../test/support/dataFiles.js';

const { load, read } = dataFiles();

describe('the text of the UCR archive', () => {
  it.each([
    ['tabs', 'a.tsv', '2\t0.5\t-1e1\n1\t3\t4\n'],
    ['commas', 'a', '2,0.5,-10\n1,3,4\n'],
    ['commas and blanks', 'a.txt', '2, 0.5, -10\n1,3 ,\t4\n'],
    ['runs of blanks', 'a.txt', '  2.0000000e+00   0.5  -10 \r\n\r\n  1.0000000e+00\t3 4'],
  ])('has a recording a line, its class first, separated by %s', async (_, name, content) => {
    const recordings = await load(name, content);
    expect(recordings).toMatchObject({ channels: 1, classes: ['1', '2'], channelNames: null });
    expect(Array.from(recordings.labels)).toEqual([1, 0]);
    expect(valuesOf(recordings, 0)).toEqual([0.5, -10]);
    expect(valuesOf(recordings, 1)).toEqual([3, 4]);
  });

  it('has the same class for a number however it is written', async () => {
    const content = '1\t2\t3\n1.0000000e+00\t2\t3\n-1.0\t2\t3\n1.50\t2\t3\n12345678901234567890\t2\t3\n';
    expect((await load('labels.tsv', content)).classes).toEqual(['-1', '1', '1.5', '12345678901234567890']);
  });

  it('cuts NaN and empty cells off the end of a line, where they are padding, and takes others for missing', async () => {
    const { recordings, missing, firstMissing, problems } = await read(
      'padded.tsv',
      '1\t2\tNaN\t3\tNaN\tnan\n1\t\t4\t\t\t\n2\t5\t6\t7\t8\t9\n',
    );
    expect(problems).toEqual([]);
    expect(valuesOf(recordings, 0)).toEqual([2, NaN, 3]);
    expect(valuesOf(recordings, 1)).toEqual([NaN, 4]);
    expect(valuesOf(recordings, 2)).toEqual([5, 6, 7, 8, 9]);
    expect(missing).toBe(2);
    expect(firstMissing).toEqual({ line: 1, recording: '0', channel: '1', step: 2 });
    const blanks = await load('blanks.txt', ' 1  2  3   NaN  NaN\n 2  4\n');
    expect(Array.from(allValues(blanks))).toEqual([2, 3, 4]);
  });

  it('is not seen in a long CSV, nor in a line of two numbers', async () => {
    expect((await read('long.txt', 'id,0,1\n1,2,3\n1,4,5\n')).format).toBe('csv');
    expect((await read('two.txt', '1,2\n1,3\n')).format).toBe('csv');
    const { problems } = await read('ucr.csv', '1,0.5,0.25\n2,0.5,0.25\n');
    expect(problems[0].message).toContain('(the text of the UCR archive), call the file .txt.');
  });

  it('may have a million values a line, padded or not', async () => {
    const recordings = await load('wide.tsv', `1${'\t2'.repeat(1e6)}\n2\t3${'\tNaN'.repeat(1e6)}\n`);
    expect(Array.from(recordings.offsets)).toEqual([0, 1e6, 1e6 + 1]);
  });
});
