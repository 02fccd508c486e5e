// Data sets from a server on this machine, which behaves well or badly.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { archiveServer, type ArchiveServer } from '../../../test/support/archiveServer.js';
import { zip } from '../../../test/support/npyFiles.js';
import { downloadDataSet, type DataSet, type DataSetOptions } from './dataSet.js';

function ts(recordings: number, steps = 40): Buffer {
  const row = (i: number): string =>
    `${Array.from({ length: steps }, (_, t) => ((i * t * 7919) % 1000) / 8).join(',')}:${i % 2 === 0 ? 'open' : 'shut'}`;
  const rows = Array.from({ length: recordings }, (_, i) => row(i + 1));
  return Buffer.from(`@problemName Doors\n@classLabel true open shut\n@data\n${rows.join('\n')}\n`);
}

const content = { 'Doors_TRAIN.ts': ts(20), 'Doors_TEST.ts': ts(10) };
const archive = zip({ 'Doors.txt': Buffer.from('about doors'), ...content });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'masq-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
});

const get = ({ url }: ArchiveServer, options: DataSetOptions = {}): Promise<DataSet> =>
  downloadDataSet('Doors', { folder, url, patience: 0.001, ...options });

/** Everything in the folder, and what the data set's files hold. */
function left(): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
}

function expectWhole(): void {
  expect(left()).toEqual(['Doors', 'Doors/Doors_TEST.ts', 'Doors/Doors_TRAIN.ts']);
  for (const [name, bytes] of Object.entries(content)) {
    expect(readFileSync(join(folder, 'Doors', name))).toEqual(bytes);
  }
}

/** What is left where nothing was put in place and nothing is kept to go on with. */
const nothing: string[] = [];

describe('a data set', () => {
  it('is downloaded, unpacked and described; a second time it is there already', async () => {
    const server = await archiveServer(archive);
    const reported: [number, number | null][] = [];
    const found = await get(server, { report: (...state) => reported.push(state) });
    expectWhole();
    expect(found).toMatchObject({ folder: join(folder, 'Doors'), existed: false });
    expect([found.train.recordings, found.test.recordings, found.train.problems]).toEqual([20, 10, []]);
    expect(reported.at(0)).toEqual([0, archive.length]);
    expect(reported.at(-1)).toEqual([archive.length, archive.length]);
    expect(server.requests[0]['accept-encoding']).toBe('identity');

    expect(await get(server)).toMatchObject({ existed: true, train: { recordings: 20 } });
    expect(server.requests).toHaveLength(1);
  });

  it('is unpacked from folders and from compressed entries, with its variants and without what is not read', async () => {
    const own = {
      'Doors/Doors_TRAIN.ts': ts(20),
      'Doors/Doors_TEST.ts': ts(10),
      'Doors/Doors_nmv_TRAIN.ts': ts(3),
    };
    const others = {
      '__MACOSX/._Doors_TRAIN.ts': ts(1),
      'Doors/old/Doors_TRAIN.ts': ts(2),
      'Doors/Doors_TRAIN.arff': ts(1),
    };
    await get(await archiveServer(zip({ ...own, ...others }, { deflate: true })));
    expect(left()).toEqual([
      'Doors',
      'Doors/Doors_TEST.ts',
      'Doors/Doors_TRAIN.ts',
      'Doors/Doors_nmv_TRAIN.ts',
    ]);
    expect(readFileSync(join(folder, 'Doors/Doors_TRAIN.ts'))).toEqual(ts(20));
  });

  it('replaces files only by force, and leaves others alone', async () => {
    const server = await archiveServer(archive);
    await get(server);
    writeFileSync(join(folder, 'Doors/notes.md'), 'mine');
    writeFileSync(join(folder, 'Doors/Doors_TRAIN.ts'), 'mine too');
    expect((await get(server)).train.problems).toHaveLength(1);
    await get(server, { force: true });
    expect(readFileSync(join(folder, 'Doors/notes.md'), 'utf8')).toBe('mine');
    rmSync(join(folder, 'Doors/notes.md'));
    expectWhole();

    rmSync(join(folder, 'Doors/Doors_TEST.ts'));
    await expect(get(server)).rejects.toThrow(
      'has Doors_TRAIN.ts but no Doors_TEST.ts. --force downloads both',
    );
  });
});

describe('a download that is interrupted', () => {
  const signalAt = (bytes: number): Pick<DataSetOptions, 'signal' | 'report'> => {
    const controller = new AbortController();
    return {
      signal: controller.signal,
      report: (done) => {
        if (done === bytes) controller.abort();
      },
    };
  };

  it('leaves nothing under the name of the data set, and goes on with the bytes that are missing', async () => {
    const server = await archiveServer(archive);
    server.stopAfter = 1000;
    await expect(get(server, signalAt(1000))).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
    expect(left()).toEqual(['Doors.part', 'Doors.part/archive.zip', 'Doors.part/archive.zip.json']);

    server.stopAfter = Infinity;
    await get(server);
    expectWhole();
    expect(server.requests[1]).toMatchObject({ range: 'bytes=1000-', 'if-range': '"1"' });
    expect(server.sent).toBe(archive.length);
  });

  it('goes on by itself when the connection is lost, and tells why', async () => {
    const server = await archiveServer(archive);
    server.stopAfter = 1500;
    const retries: number[] = [];
    await get(server, {
      report: (done) => {
        if (done !== 1500) return;
        server.stopAfter = Infinity;
        server.cut();
      },
      onRetry: (why, seconds) => {
        expect(why).not.toBe('');
        retries.push(seconds);
      },
    });
    expectWhole();
    expect(retries).toEqual([0.001]);
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=1500-']);
  });

  it.each([
    ['has another file by now', { etag: '"2"' }, ['bytes=1000-']],
    [
      'has another one and sends its part all the same',
      { etag: '"2"', conditional: false },
      ['bytes=1000-', undefined],
    ],
    ['has a shorter file', { refusesRanges: true }, ['bytes=1000-', undefined]],
    ['sends no parts', { ranges: false }, ['bytes=1000-']],
  ])('starts over where the server %s', async (_, change, ranges) => {
    const server = await archiveServer(Buffer.concat([Buffer.alloc(2000), archive]));
    server.stopAfter = 1000;
    await expect(get(server, signalAt(1000))).rejects.toThrow();
    Object.assign(server, { stopAfter: Infinity, body: archive, ...change });
    await get(server);
    expectWhole();
    expect(server.requests.slice(1).map(({ range }) => range)).toEqual(ranges);
  });

  it('starts over where nothing tells whether the file is the same', async () => {
    const server = await archiveServer(archive);
    Object.assign(server, { etag: null, stopAfter: 1000 });
    await expect(get(server, signalAt(1000))).rejects.toThrow();
    server.stopAfter = Infinity;
    await get(server);
    expectWhole();
    expect(server.requests[1].range).toBeUndefined();
  });

  it('asks for nothing more where all had arrived', async () => {
    const server = await archiveServer(archive);
    await expect(get(server, signalAt(archive.length))).rejects.toThrow();
    await get(server);
    expectWhole();
    expect(server.requests).toHaveLength(1);
  });
});

describe('a server that', () => {
  it('is overloaded for a while is asked again', async () => {
    const server = await archiveServer(archive);
    server.statuses = [503, 429, 500];
    await get(server);
    expectWhole();
  });

  it('stays overloaded is given up, with its status', async () => {
    const server = await archiveServer(archive);
    server.statuses = [503, 503, 503, 503, 503];
    await expect(get(server)).rejects.toThrow(
      `${server.url}/Doors.zip could not be downloaded: the server answers with status 503.`,
    );
    expect(existsSync(join(folder, 'Doors'))).toBe(false);
  });

  it('is not there is given up, with a word on the proxy that Node does not heed', async () => {
    const proxy = process.env.HTTPS_PROXY;
    process.env.HTTPS_PROXY = 'http://proxy';
    try {
      await expect(get(await archiveServer(archive), { url: 'http://127.0.0.1:9' })).rejects.toThrow(
        /could not be downloaded: .+\. HTTPS_PROXY is set, but Node heeds it only with NODE_USE_ENV_PROXY=1/,
      );
    } finally {
      if (proxy === undefined) delete process.env.HTTPS_PROXY;
      else process.env.HTTPS_PROXY = proxy;
    }
  });

  it('has no such file, or answers with a page as the archive does, has no such data set: the nearest name is told', async () => {
    const server = await archiveServer(Buffer.from('<html>Not found</html>'));
    const lower = (): Promise<DataSet> => downloadDataSet('gunpoint', { folder, url: server.url });
    server.statuses = [404];
    await expect(lower()).rejects.toThrow(
      `There is no data set at ${server.url}/gunpoint.zip: it answers with status 404. Did you mean "GunPoint"?`,
    );
    server.type = 'text/html; charset=UTF-8';
    await expect(lower()).rejects.toThrow('it answers with a web page. Did you mean "GunPoint"?');
    expect(left()).toEqual(nothing);
  });

  it('refuses is named with its status', async () => {
    const server = await archiveServer(archive);
    server.statuses = [403];
    await expect(get(server)).rejects.toThrow('could not be downloaded: the server answers with status 403.');
    expect(server.requests).toHaveLength(1);
  });

  it('does not say how long the file is can be downloaded from', async () => {
    const server = await archiveServer(archive);
    server.length = false;
    await get(server);
    expectWhole();
  });
});

describe('an archive', () => {
  const dense = { ...content, 'Doors_TRAIN.ts': randomBytes(3e5) };
  it.each([
    ['is cut off', archive.subarray(0, archive.length - 300), 'is no zip archive, or has been cut off'],
    ['is none', Buffer.from('hello'), 'is no zip archive'],
    ['has a wrong checksum', zip(content, { checksum: 1 }), 'the checksum of "Doors_TRAIN.ts" is wrong'],
    [
      'has an entry outside',
      zip({ ...content, '../x.ts': ts(1) }),
      'names a path outside of the folder that it is unpacked to: "../x.ts"',
    ],
    ['has an absolute entry', zip({ ...content, '/etc/x': ts(1) }), '"/etc/x"'],
    [
      'lacks a part',
      zip({ 'Doors_TRAIN.ts': ts(1), 'a.txt': ts(1) }),
      'holds no Doors_TEST.ts, but Doors_TRAIN.ts, a.txt',
    ],
    [
      'has a part twice',
      zip({ ...content, 'a/Doors_X_TRAIN.ts': ts(1), 'b/Doors_X_TRAIN.ts': ts(1) }),
      'holds two files called Doors_X_TRAIN.ts',
    ],
    ['would fill the memory', zip(dense, { deflate: true, size: 3e8 }), 'which no recordings do'],
    [
      'declares too little',
      zip(content, { deflate: true, size: 10 }),
      'holds more than the 10 bytes it declares',
    ],
    ['declares too much', zip(content, { deflate: true, size: 2 ** 31 + 1 }), 'text is read up to 2 GiB'],
  ])('that %s leaves nothing behind', async (_, body, message) => {
    const server = await archiveServer(body);
    await expect(get(server)).rejects.toThrow(message);
    expect(left()).toEqual(nothing);
  });

  it('with data that are wrong is unpacked, and its problems are told', async () => {
    const wrong = Buffer.from('@classLabel true a b\n@data\n1,x:a\n');
    const { train } = await get(await archiveServer(zip({ ...content, 'Doors_TRAIN.ts': wrong })));
    expect(train.problems).toEqual([{ line: 3, message: 'channel 1, step 2: "x" is not a number.' }]);
  });
});

it.each([
  ['../Doors', {}, '"../Doors" is no name of a data set, expected one like GunPoint or PEMS-SF.'],
  ['Doors', { url: 'ftp://a' }, '"ftp://a" is no address, expected one like https://'],
])('the name %j with %j is refused', async (name, options, message) => {
  await expect(downloadDataSet(name, { folder, ...options })).rejects.toThrow(message);
  expect(left()).toEqual(nothing);
});

it('a place that is no folder is named', async () => {
  writeFileSync(join(folder, 'file'), '');
  const server = await archiveServer(archive);
  await expect(get(server, { folder: join(folder, 'file') })).rejects.toThrow(
    'file/Doors cannot be written to (ENOTDIR).',
  );
});
