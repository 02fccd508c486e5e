// `masq data describe`, run as a user runs it.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { withoutPlace, type UserError } from '../src/shared/errors.js';
import { loadConfig } from '../src/train/config.js';
import { prepareData } from '../src/train/prepare.js';
import { masq, masqProcess, type Ended } from './support/masq.js';
import { floats, npy } from './support/npyFiles.js';

const folder = mkdtempSync(join(tmpdir(), 'masq-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const DESCRIPTION = z.object({
  files: z.array(
    z.object({
      file: z.string(),
      format: z.enum(['ts', 'csv', 'csv-wide', 'jsonl', 'packed', 'folder']).nullable(),
      recordings: z.number(),
      channels: z.number(),
      lengths: z.object({ min: z.number(), median: z.number(), max: z.number() }),
      classes: z.record(z.string(), z.number()),
      missing: z.number(),
      problems: z.array(z.object({ line: z.number(), message: z.string() })),
    }),
  ),
});

const describeData = (...args: string[]): Promise<Ended> => masq('data', 'describe', ...args);

function write(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

/** Damages a file at a byte. */
function overwrite(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] ^= 1;
  writeFileSync(path, bytes);
}

describe('masq data describe', () => {
  it('describes each file in one JSON document', () => {
    const csv = write('a.csv', 'id,subject,label,x,y\n1,p,walk,1,5\n1,p,walk,,5\n2,q,run,3,5\n');
    const file = 'data/JapaneseVowels/JapaneseVowels_TEST.ts';
    const { status, stdout } = masqProcess('data', 'describe', file, csv, '--json');
    expect(status).toBe(0);
    const [vowels, mine] = DESCRIPTION.parse(JSON.parse(stdout)).files;
    expect(vowels).toEqual({
      file: 'data/JapaneseVowels/JapaneseVowels_TEST.ts',
      format: 'ts',
      recordings: 370,
      channels: 12,
      lengths: { min: 7, median: 15, max: 29 },
      classes: { 1: 31, 2: 35, 3: 88, 4: 44, 5: 29, 6: 24, 7: 40, 8: 50, 9: 29 },
      missing: 0,
      problems: [],
    });
    expect(mine).toMatchObject({ format: 'csv', recordings: 2, channels: 2, missing: 1, problems: [] });
    expect(mine).toMatchObject({ lengths: { min: 1, median: 1.5, max: 2 }, classes: { run: 1, walk: 1 } });
  });

  it('tells the time from step to step where the file has times', async () => {
    const timed = write('timed.csv', 'id,t,label,x\na,0,p,1\na,0.5,p,2\na,1,q,3\na,9,q,3\nb,0,q,1\n');
    const { stdout } = await describeData(timed);
    expect(stdout).toContain('the label is "q", but it was "p" on line 2');
    expect(stdout).toMatch(
      /time +0\.5 to 8 from step to step, median 0\.5; 1 more than three times as long\n/,
    );
  });

  it('names channels that could be an id or a time, of a packed file too', async () => {
    const rows = ['a', 'b'].flatMap((id, i) =>
      [3, 1, 2].map((x, t) => `${id},${'pq'[i]},${i},${t / 4},${x}`),
    );
    const csv = write('ids.csv', `id,label,label_id,Time (s),x\n${rows.join('\n')}\n`);
    const packed = join(folder, 'ids.masq');
    expect((await masq('data', 'prepare', csv, '--out', packed)).status).toBe(0);
    for (const file of [csv, packed]) {
      const { stdout } = await describeData(file);
      expect(stdout).toMatch(/constant in each recording +label_id \(could be an id\)\n/);
      expect(stdout).toMatch(/rising in each recording +Time \(s\) \(could be a time\)\n/);
      expect(JSON.parse((await describeData(file, '--json')).stdout)).toMatchObject({
        files: [{ constantWithinChannels: ['label_id'], risingChannels: ['Time (s)'] }],
      });
    }
  });

  it('says what may be meant otherwise: a class among the channels, padding, axes in another order', async () => {
    const rows = ['a', 'b'].flatMap((id, i) => [3, 1, 2].map((x) => `${id},${i}.0,${x}`));
    const unnamed = write('unnamed.csv', `id,activity,x\n${rows.join('\n')}\n`);
    expect((await describeData(unnamed)).stdout).toMatch(
      /constant in each recording +activity \(could be an id, or the class: data\.columns\.label\)\n/,
    );
    const array = join(folder, 'array.npy');
    writeFileSync(array, npy('<f4', '(1, 2, 3)', floats(1, 2, 3, NaN, NaN, NaN)));
    const { stdout } = await describeData(array);
    expect(stdout).toMatch(
      /channels +3\n +more than steps: could the axes be \[recordings, channels, time\]\?\n/,
    );
    expect(stdout).toMatch(
      /missing values +3\n +empty ends +1 step in 1 recording \(padding\? leave it out, or save lengths\)\n/,
    );
  });

  it('of a .json file tells a config from data', async () => {
    const data = write('data.json', '{"data": [[1, 2], [3, 4]]}');
    expect((await describeData(data)).stdout).toContain(
      '.json files, which are one document, are not supported',
    );
    const config = write('config.json', '{"data": {"train": "absent.csv"}, "modle": {}}');
    expect((await describeData(config)).stderr).toContain('modle');
  });

  it('reads rows of 20,000 cells without a number in little memory', () => {
    const names = Array.from({ length: 20_000 }, (_, i) => `x_${i}`).join(',');
    const row = 'NaN,'.repeat(19_999);
    const wide = write('nan.csv', `id,label,${names}\nr0,a,${row}1\nr1,b,${row}2\n`);
    const command = ['--max-old-space-size=96', 'dist/cli/main.js', 'data', 'describe', wide, '--json'];
    const { status, stdout } = spawnSync(process.execPath, command, { encoding: 'utf8' });
    expect(status).toBe(0);
    expect(DESCRIPTION.parse(JSON.parse(stdout)).files).toMatchObject([{ recordings: 2, missing: 39_998 }]);
  });

  it('lists problems with their lines and exits with 2, in JSON as in the table', async () => {
    const bad = write('bad.ts', '@classLabel true a b\n@data\n1,2:a\n1,x:b\n1,1e999:a\n');
    const absent = join(folder, 'bed.ts');
    const json = await describeData(bad, absent, '--json');
    expect(json.status).toBe(2);
    const [first, second] = DESCRIPTION.parse(JSON.parse(json.stdout)).files;
    expect(first.problems).toEqual([
      { line: 4, message: 'channel 1, step 2: "x" is not a number.' },
      {
        line: 5,
        message: 'channel 1, step 2: "1e999" is infinite or beyond the range of float32 (±3.4e38).',
      },
    ]);
    expect(second.problems).toEqual([{ line: 0, message: 'no such file. Did you mean "bad.ts"?' }]);

    const table = await describeData(bad, absent);
    expect(table.status).toBe(2);
    expect(table.stdout).toContain('line 4  channel 1, step 2: "x" is not a number.');
    expect(table.stderr).toContain(`Problems found in ${bad}, ${absent}.`);
  });

  it('reads training and test data as a config names their columns and treats their times', async () => {
    const train = write(
      'own-train.csv',
      'trial,t,x,activity\n1,1,5,sitting\n1,0,4,sitting\n2,0,6,lying down\n',
    );
    const test = write('own-test.csv', 'trial,t,x,activity\n1,0,5,sitting\n');
    const data = {
      ...{ train, test, columns: { recording: 'trial', label: 'activity' } },
      ...{ timestamps: { unordered: 'sort' }, validation: 'none' },
    };
    const config = write('own.json', JSON.stringify({ name: 'own', data, model: { name: 'fcn' } }));
    const { status, stdout } = await describeData(config, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      files: [
        {
          ...{ file: train, recordings: 2, channelNames: ['x'], classes: { sitting: 1, 'lying down': 1 } },
          intervals: { min: 1, max: 1 },
        },
        { file: test, recordings: 1 },
      ],
    });
    const both = await describeData(config, train);
    const own = { ...data, train: test, timestamps: { duplicates: 'first' } };
    write(
      'own-train.csv',
      'trial,t,x,activity\n1,0,5,sitting\n1,0,4,sitting\n2,1,6,lying down\n2,0,6,lying down\n',
    );
    const twice = write('twice.json', JSON.stringify({ name: 'own', data: own, model: { name: 'fcn' } }));
    expect(JSON.parse((await describeData(twice, '--json')).stdout)).toMatchObject({
      repetitions: [{ files: [`${test} (data.train)`, `${test} (data.test)`], recordings: 1 }],
    });
    const wrong = await describeData(config, '--json');
    expect(wrong.status).toBe(2);
    expect(JSON.parse(wrong.stdout)).toMatchObject({
      files: [{ problems: [{ message: expect.stringContaining('the time 0 occurs twice') as string }] }, {}],
    });
    expect(both).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('name the config alone') as string,
    });
  });

  it('takes JSON without data in it for recordings, not for a config', async () => {
    const list = write('list.json', '[{ "label": "a", "x": [1] }]');
    expect((await describeData(list)).stdout).toContain('write one object a line, a');
    const lines = write('lines.json', '{"label": "a", "x": [1]}\n{"label": "b", "x": [2]}\n');
    expect(await describeData(lines, '--format', 'jsonl')).toMatchObject({ status: 0, stderr: '' });
    const broken = await describeData(write('broken.json', '{ "name": "own", "data": '));
    expect(broken).toMatchObject({ status: 2, stdout: '' });
  });

  it('tells of damaged values of a packed file as of other problems, and describes the others', async () => {
    const own = join(folder, 'packed');
    mkdirSync(own);
    const one = write('single.csv', 'id,label,x\n1,walk,1\n1,walk,5\n');
    const [damaged, whole] = ['damaged.masq', 'whole.masq'].map((name) => join(own, name));
    expect((await masq('data', 'prepare', one, '--out', whole)).status).toBe(0);
    copyFileSync(whole, damaged);
    overwrite(damaged, 4096);
    const { status, stdout } = await describeData(damaged, one, whole, '--json');
    expect(status).toBe(2);
    const { files } = DESCRIPTION.parse(JSON.parse(stdout));
    const message = expect.stringMatching(
      /^values in block 0 have another checksum: the packed file is damaged/,
    ) as string;
    const content = { recordings: 1, channels: 1, classes: { walk: 1 } };
    expect(files).toMatchObject([
      { file: damaged, format: 'packed', ...content, problems: [{ line: 0, message }] },
      { file: one, ...content, problems: [] },
      { file: whole, ...content, problems: [] },
    ]);
    // The damaged one, whose table has the same hash, is not compared.
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ repetitions: [{ files: [one, whole], recordings: 1 }], notSearched: [damaged] },
    });
    const notSearched = (file: string): string => `Not searched, as its values are damaged: ${file}.\n`;
    const { stdout: ofFolder } = await describeData(own);
    expect(ofFolder).toContain(`file  ${damaged}: values in block 0 have another checksum`);
    expect(ofFolder.endsWith(`\n${notSearched(own)}`)).toBe(true);
    expect(ofFolder).not.toContain('No recording occurs twice.');
    const { stdout: withAnother } = await describeData(one, damaged);
    expect(withAnother).toContain(`No recording occurs twice.\n${notSearched(damaged)}`);
    const { stdout: ofTwo } = await describeData(one, whole);
    expect(ofTwo.replaceAll(/\s+/g, ' ')).toContain(`${whole}: 1 recording is in ${one} too. First:`);
  });

  it('takes patterns, folders and the name of a format', async () => {
    for (const name of ['walk', 'run']) mkdirSync(join(folder, 'set', name), { recursive: true });
    write('set/walk/1.dat', 'x;y\n0,5;1\n');
    write('set/run/1.dat', 'x;y\n1,5;1\n2;3\n');
    const one = write('one.csv', 'label,t0,t1\na,1,2\n');
    const absent = join(folder, '*.arff');
    const { status, stdout } = await describeData(join(folder, 'on*.csv'), absent, '--json');
    expect(status).toBe(2);
    expect(DESCRIPTION.parse(JSON.parse(stdout)).files).toMatchObject([
      { file: one, format: 'csv-wide', recordings: 1, classes: { a: 1 }, problems: [] },
      { file: absent, format: null, problems: [{ line: 0, message: 'no file matches this pattern.' }] },
    ]);
    const set = await describeData(join(folder, 'set'), '--format', 'csv', '--json');
    expect(DESCRIPTION.parse(JSON.parse(set.stdout)).files).toMatchObject([
      { format: 'folder', recordings: 2, channels: 2, classes: { walk: 1, run: 1 }, problems: [] },
    ]);
    expect((await describeData(one, '--format', 'cvs')).stderr).toContain('Did you mean "csv"?');
  });

  it('stays within 100 columns for many channels and classes', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `accelerometer_${i}`);
    const rows = names.map((name, i) => `${i},${name},${names.map((_, j) => i * j).join(',')}`);
    const wide = write('wide.csv', `id,label,${names.join(',')}\n${rows.join('\n')}\n`);
    const { status, stdout } = await describeData(wide);
    expect(status).toBe(0);
    expect(stdout).toContain('and 40 more');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('tells what a test file shares with the training file, and how far the classes are from equal', async () => {
    const train = write('d_TRAIN.ts', '@classLabel true a b\n@data\n1,2:a\n1,3:a\n1,4:a\n2,5:b\n');
    const test = write('d_TEST.ts', '@classLabel true a b\n@data\n7,8:a\n1,3:b\n2,5:b\n');
    const { status, stdout } = await describeData(train, test);
    expect(status).toBe(0);
    expect(stdout).toContain('balance         largest a (75.0 %), smallest b (25.0 %), ratio 3.00\n');
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      `Recordings that occur more than once ${test}: 2 recordings are in ${train} too, 1 with another class. ` +
        `First: ${test}:4 (class b) = ${train}:4 (class a).`,
    );
    const { repetitions } = JSON.parse((await describeData(train, test, '--json')).stdout) as {
      repetitions: unknown;
    };
    expect(repetitions).toMatchObject([{ files: [train, test], recordings: 2, otherClass: 1 }]);
  });

  it('takes a folder for its two parts, of which the bundled ones share nothing', async () => {
    const { stdout } = await describeData('data/JapaneseVowels');
    expect(stdout).toMatch(
      /^data\/JapaneseVowels\/JapaneseVowels_TRAIN\.ts\n[^]*\ndata\/JapaneseVowels\/JapaneseVowels_TEST\.ts\n/,
    );
    expect(stdout).toContain('balance         equal, 11.1 % each\n');
    expect(stdout).toContain('No recording occurs twice.\n');
  });

  it('counts classes and groups that are called as what every object has', async () => {
    const names = ['constructor', '__proto__', 'toString'];
    const rows = names.map((name, i) => `${i},${name},${name},${i}`);
    const csv = write('odd.csv', `id,subject,label,x\n${rows.join('\n')}\n3,__proto__,constructor,9\n`);
    const { files } = JSON.parse((await describeData(csv, '--json')).stdout) as {
      files: Record<'classes' | 'groups' | 'groupClasses', Record<string, unknown>>[];
    };
    const [{ classes, groups, groupClasses }] = files;
    const sorted = (counts: object): [string, unknown][] =>
      Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
    expect(sorted(classes)).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
      ['toString', 1],
    ]);
    expect(sorted(groups)).toEqual([
      ['__proto__', 2],
      ['constructor', 1],
      ['toString', 1],
    ]);
    expect(sorted(groupClasses).map(([group, counts]) => [group, sorted(counts as object)])).toEqual([
      [
        '__proto__',
        [
          ['__proto__', 1],
          ['constructor', 1],
        ],
      ],
      ['constructor', [['constructor', 1]]],
      ['toString', [['toString', 1]]],
    ]);
    expect((await describeData(csv)).stdout).toMatch(/ toString +0 +0 +1\n/);
  });

  it('counts the classes of each group', async () => {
    const csv = write('g.csv', 'id,subject,label,x,y\n1,ann,walk,1,5\n2,ann,run,2,5\n3,bob,run,3,5\n');
    const { stdout } = await describeData(csv);
    expect(stdout).toContain('  group  run  walk\n');
    expect(stdout).toContain('  ann      1     1\n  bob      1     0\n');
  });
});

const rowsOf = (...rows: string[]): string => `id,label,x\n${rows.join('\n')}\n`;
const plain = rowsOf('a,1,1', 'b,1,2', 'c,2,3', 'd,2,4');

interface Together {
  readonly files: Readonly<Record<string, string>>;
  /** The names of its data are those of the files. */
  readonly data: {
    readonly train: readonly string[];
    readonly test?: unknown;
    readonly [key: string]: unknown;
  };
  /** Which of the described files has the problem, its line and how it begins. */
  readonly problem: readonly [file: number, line: number, message: string];
}

describe('masq data describe of a config finds what keeps its run from using the files together', () => {
  it.each<[string, Together]>([
    [
      'classes that are one number in two training files',
      {
        files: { 'a.csv': plain, 'b.csv': rowsOf('e,1.0,1', 'f,2.0,2') },
        data: { train: ['a.csv', 'b.csv'] },
        problem: [1, 0, 'the class "1.0" is the same number as "1" in '],
      },
    ],
    [
      'a test class that training does not know',
      {
        files: { 'a.csv': plain, 'b.csv': rowsOf('e,1,1', 'f,2.0,2') },
        data: { train: ['a.csv'], test: ['b.csv'] },
        problem: [1, 3, 'the test data hold the class "2.0", which the training data do not'],
      },
    ],
    [
      'the same in a resample',
      {
        files: { 'a.csv': plain, 'b.csv': rowsOf('e,1,1', 'f,3,2') },
        data: { train: ['a.csv'], test: ['b.csv'], resample: 1 },
        problem: [1, 3, 'the test data hold the class "3", which the training data do not'],
      },
    ],
    [
      'other channels',
      {
        files: { 'a.csv': plain, 'b.csv': plain.replace('x', 'y') },
        data: { train: ['a.csv', 'b.csv'] },
        problem: [1, 0, 'the channels are y, but those of '],
      },
    ],
    [
      'a single class',
      {
        files: { 'a.csv': rowsOf('a,1,1', 'b,1,2') },
        data: { train: ['a.csv'] },
        problem: [0, 0, 'the training data hold one class ("1"), expected at least two.'],
      },
    ],
    [
      'parts that are asked for and not assigned',
      {
        files: { 'a.csv': plain },
        data: { train: ['a.csv'], test: { split: 'test' } },
        problem: [0, 0, 'the config asks for a part by its name, but the data assign none'],
      },
    ],
    [
      'a part that is not asked for, by the number of its recording in the set',
      {
        files: {
          'a.jsonl': '{"label":"p","split":"train","x":[1]}\n{"label":"q","split":"test","x":[2]}\n',
          'b.jsonl': '{"label":"p","split":"train","x":[1]}\n{"label":"q","split":"tset","x":[2]}\n',
        },
        data: { train: ['a.jsonl', 'b.jsonl'], test: { split: 'test' } },
        problem: [1, 2, 'recording 3 has the split "tset" (1 of 4 recordings have)'],
      },
    ],
    [
      'groups in one training file alone, told of the first',
      {
        files: {
          'a.csv': plain,
          'b.csv': plain
            .replace('id,', 'subject,')
            .replace('label', 'id,label')
            .replaceAll(/^(.),/gm, '$1,$1,'),
        },
        data: { train: ['a.csv', 'b.csv'] },
        problem: [0, 0, 'name the group column in both, or in neither.'],
      },
    ],
    [
      'a class with too few recordings to validate on',
      {
        files: { 'a.csv': plain.replace('d,2,4\n', '') },
        data: { train: ['a.csv'] },
        problem: [
          0,
          0,
          'the class "2" has a single recording, so it cannot be in both training and validation.',
        ],
      },
    ],
  ])('%s', async (name, { files, data, problem: [which, line, message] }) => {
    const own = join('together', name);
    mkdirSync(join(folder, own), { recursive: true });
    const paths = Object.entries(files).map(([file, content]) => write(join(own, file), content));
    const placed = (names: unknown): unknown =>
      Array.isArray(names) ? names.map((file) => join(folder, own, file as string)) : names;
    const config = write(
      join(own, 'config.json'),
      JSON.stringify({
        name: 'together',
        data: { ...data, train: placed(data.train), test: placed(data.test) },
        model: { name: 'fcn' },
      }),
    );
    const { status, stdout } = await describeData(config, '--json');
    expect(status).toBe(2);
    const { files: described } = DESCRIPTION.parse(JSON.parse(stdout));
    expect(described.map(({ file, problems }) => [file, problems.length])).toEqual(
      paths.map((path, i) => [path, i === which ? 1 : 0]),
    );
    const [found] = described[which].problems;
    expect(found).toMatchObject({ line, message: expect.stringContaining(message) as string });
    const refused: unknown = await prepareData(await loadConfig(config)).catch((error: unknown) => error);
    expect(found.message).toBe(withoutPlace(refused as UserError));
    const table = await describeData(config);
    expect(table.stderr).toContain(`Problems found in ${paths[which]}.`);
    expect(table.stdout.match(/problems +none/g)?.length ?? 0).toBe(paths.length - 1);
  });

  it('and nothing where the run goes on: times or groups in one file alone, a resample, a folder, until a file of that is odd', async () => {
    const train = [write('t0.csv', plain), write('t1.csv', 'id,t,label,x\ne,0,1,5\ne,1,1,6\nf,0,2,7\n')];
    const grouped = write('t2.csv', 'id,subject,label,x\ng,s,1,8\n');
    mkdirSync(join(folder, 't3', '2'), { recursive: true });
    write('t3/2/h.csv', 'x\n9\n');
    const data = { train, test: [grouped, join(folder, 't3')], resample: 1 };
    const config = write('fine.json', JSON.stringify({ name: 'fine', data, model: { name: 'fcn' } }));
    const { status, stdout } = await describeData(config, '--json');
    expect({ status, files: DESCRIPTION.parse(JSON.parse(stdout)).files.length }).toEqual({
      status: 0,
      files: 4,
    });
    await prepareData(await loadConfig(config));
    mkdirSync(join(folder, 't3', 'odd'));
    const odd = write('t3/odd/i.csv', 'x\n9\n');
    const { files } = DESCRIPTION.parse(JSON.parse((await describeData(config, '--json')).stdout));
    const message = expect.stringMatching(`^${odd}: the test data hold the class "odd"`) as string;
    expect(files.map(({ problems }) => problems)).toEqual([[], [], [], [{ line: 2, message }]]);
  });

  it('and what its run would refuse later, or warn of', async () => {
    const rows = (id: string): string =>
      [0, 1, 2].map((t) => `${id}1,s,p,${t}\n${id}2,s,q,${t}\n${id}3,s,p,${t}\n${id}4,s,q,${t}\n`).join('');
    const head = 'id,subject,label,x\n';
    const [train, test] = [write('w0.csv', head + rows('a')), write('w1.csv', head + rows('b'))];
    const config = write(
      'warned.json',
      JSON.stringify({ name: 'w', data: { train, test }, model: { name: 'fcn' } }),
    );
    const { status, stdout, stderr } = await describeData(config, 'data.maxLength=2');
    expect({ status, warnings: stderr.trim().split('\n') }).toEqual({
      status: 0,
      warnings: [
        'Warning: data.maxLength cuts 2 of 2 training recordings, 2 of 2 validation recordings and 4 of 4 test recordings to their first 2 steps.',
        expect.stringMatching(
          /^Warning: 1 of the 1 group in the test data is in the training data too/,
        ) as string,
      ],
    });
    expect(stdout.match(/problems +none/g)).toHaveLength(2);
    const { warnings } = JSON.parse((await describeData(config, '--json')).stdout) as { warnings: string[] };
    expect(warnings).toHaveLength(1);
    for (const [override, message] of [
      ['data.padding.length=2', 'this recording has 3 steps, and data.padding.length is 2'],
      ['data.windows={length: 4, stride: 1, rest: drop}', 'no window is left'],
      ['train.classWeights={up: 2}', 'train.classWeights has a weight for "up", which is no class'],
    ]) {
      const found = await describeData(config, override, '--json');
      const [{ problems }] = DESCRIPTION.parse(JSON.parse(found.stdout)).files;
      expect(problems).toMatchObject([{ message: expect.stringContaining(message) as string }]);
    }
  });

  it('but nothing where a file has a problem of its own', async () => {
    const [bad, other] = [write('bad.csv', rowsOf('a,1,x')), write('other.csv', rowsOf('a,3,1'))];
    const data = { train: bad, test: other };
    const config = write('own-problem.json', JSON.stringify({ name: 'own', data, model: { name: 'fcn' } }));
    const { files } = DESCRIPTION.parse(JSON.parse((await describeData(config, '--json')).stdout));
    expect(files.map(({ problems }) => problems.length)).toEqual([1, 0]);
  });
});

it('masq data describe counts steps where they have classes, so that no class of few steps is missed', async () => {
  const steps = ['p', 'p', 'p', 'q', 'p', 'p'].map((label, i) => `${i < 4 ? 'a' : 'b'},s,${label},${i}`);
  const train = write('steps.csv', `id,subject,label,x\n${steps.join('\n')}\nb,s,?,7\n`);
  const data = { train, windows: { length: 1, stride: 1 }, validation: 'none' };
  const config = write('steps.json', JSON.stringify({ name: 'steps', data, model: { name: 'fcn' } }));
  const { status, stdout } = await describeData(config, '--json');
  expect({ status, ...(JSON.parse(stdout) as object) }).toMatchObject({
    status: 0,
    files: [
      {
        recordings: 2,
        classesOf: 'steps',
        classes: { p: 5, q: 1 },
        unlabelled: 1,
        groupClasses: { s: { p: 5, q: 1 } },
      },
    ],
  });
  const table = (await describeData(config)).stdout;
  expect(table).toMatch(/classes \(steps\) +2: p \(5\), q \(1\)\n/);
  expect(table).toMatch(/steps without a label +1\n/);
  expect(table).toMatch(/ group \(steps\) +p +q\n.*\n +s +5 +1\n/);
  expect(JSON.parse((await describeData('data/JapaneseVowels', '--json')).stdout)).toMatchObject({
    files: [{ classesOf: 'recordings' }, { classesOf: 'recordings' }],
  });
});
