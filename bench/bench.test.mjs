// The harness of the benchmark, on contenders made up here and on those of Node; the Python ones are too heavy.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { busyShare } from './busy.mjs';
import { startContender, Unavailable } from './contender-process.mjs';
import { commandOf, contenders } from './contenders.mjs';
import { textTable } from './format.mjs';
import { bucketByLength, drawLengths, padToLongest } from './lengths.mjs';
import { measureCell } from './measure.mjs';
import { optionsFor, readOptions } from './options.mjs';
import { followProgress } from './progress.mjs';
import { soak } from './soak.mjs';
import { summarize } from './statistics.mjs';
import { allTables, targetsTable, timesTable } from './tables.mjs';
import { judge } from './targets.mjs';
import { isEpoch, plansOf, workloads, workloadsOf, writePlans } from './workloads.mjs';

const folder = mkdtempSync(join(tmpdir(), 'masq-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
/** A machine without a card. */
const present = { devices: ['cpu'], cardProblem: 'No NVIDIA driver is loaded on this machine.' };

const networks = JSON.parse(readFileSync(new URL('networks.json', import.meta.url), 'utf8'));

/** The command of a contender that answers with what `commands`, an object literal in JavaScript, says. */
let made = 0;
function fake(commands) {
  const path = join(folder, `fake-${made++}.mjs`);
  const serve = new URL('contenders/serve.mjs', import.meta.url).href;
  writeFileSync(path, `import { serve, Unavailable } from '${serve}';\nawait serve({ ${commands} });\n`);
  return { program: process.execPath, args: [path] };
}

/** A contender of one parameter whose steps take so long. */
function paced(milliseconds, parameters = 1) {
  return fake(`
    build: () => ({ parameters: ${parameters}, modes: ['step'], predictModes: ['predict'], captureSeconds: null }),
    burst: ({ steps }) => ({ steps, milliseconds: steps * ${milliseconds}, loss: 1 }),
    predict: ({ steps }) => ({ milliseconds: steps }),
    memory: () => ({ peakBytes: 1, residentBytes: 1, tensors: 0 })`);
}

describe('the protocol', () => {
  test('carries requests and answers one after the other', async () => {
    const contender = startContender(fake('double: ({ value }) => ({ value: 2 * value })'));
    expect(await contender.ask('double', { value: 2 })).toEqual({ value: 4 });
    expect(await contender.ask('double', { value: 3 })).toEqual({ value: 6 });
    await contender.close();
  });

  test('tells one that cannot take part from one that fails, one that ends and one that speaks something else', async () => {
    const contender = startContender(
      fake(`
        absent: () => { throw new Unavailable('no such processor'); },
        wrong: () => { throw new RangeError('out of range'); },
        leave: () => { process.exit(3); }`),
    );
    await expect(contender.ask('absent')).rejects.toThrow(Unavailable);
    await expect(contender.ask('wrong')).rejects.toThrow('RangeError: out of range');
    await expect(contender.ask('leave')).rejects.toThrow('ended with code 3');
    await expect(contender.ask('leave')).rejects.toThrow('ended with code 3');
    await contender.close();
    const chatty = startContender(fake("chat: () => { process.stdout.write('hello\\n'); }"));
    await expect(chatty.ask('chat')).rejects.toThrow('not JSON: hello');
    await expect(chatty.ask('chat')).rejects.toThrow('not JSON: hello');
    await chatty.close();
    await expect(startContender({ program: join(folder, 'none'), args: [] }).ask('x')).rejects.toThrow(
      'ENOENT',
    );
  });
});

describe('a cell', () => {
  const settings = { rounds: 4, predictRounds: 3, minimumSteps: 3, minimumMilliseconds: 20 };
  const plan = { path: '', batches: 2, shapes: 1, recordings: 10 };
  const measure = (commands, epoch = false) => {
    const entrants = Object.entries(commands).map(([name, command]) => ({
      name,
      kind: 'full',
      plan,
      command,
    }));
    return measureCell({ network: {}, entrants, epoch }, settings);
  };

  test('has the times of each contender as it tells them, by the step and by the epoch', async () => {
    const [quick, slow] = await measure({ quick: paced(2), slow: paced(8) });
    expect(quick.milliseconds).toMatchObject({ median: 2, minimum: 2, count: 4 });
    expect(slow.milliseconds).toMatchObject({ median: 8, count: 4 });
    expect(quick.predict.recordingsPerSecond).toMatchObject({ median: 5000, count: 3 });
    const [epoch] = await measure({ quick: paced(2) }, true);
    expect(epoch.milliseconds.median).toBe(4);
  });

  test('has an epoch timed by all of its batches, or by four of them where their shape is one', async () => {
    const counting = `
      build: () => ({ parameters: 1, modes: ['step'], predictModes: [] }),
      burst: ({ steps }) => ({ steps, milliseconds: 3 * steps, loss: steps }),
      memory: () => ({ peakBytes: 1, residentBytes: 1 })`;
    const entrants = [1, 6].map((shapes) => {
      const plan = { path: '', batches: 16, shapes, recordings: 16 };
      return { name: `${shapes}`, kind: 'full', plan, command: fake(counting) };
    });
    const results = await measureCell({ network: {}, entrants, epoch: true }, settings);
    expect(results.map(({ loss, milliseconds }) => [loss, milliseconds.median])).toEqual([
      [4, 48],
      [16, 48],
    ]);
  });

  test('gives up a way to step that is far behind the best of the same contender after two rounds', async () => {
    const several = fake(`
      build: () => ({ parameters: 1, modes: ['slow', 'even', 'quick'], predictModes: ['slow', 'quick'] }),
      burst: ({ mode, steps }) => ({ steps, milliseconds: { slow: 16, even: 10.5, quick: 10 }[mode] * steps, loss: 1 }),
      predict: ({ mode, steps }) => ({ milliseconds: { slow: 2, quick: 1 }[mode] * steps }),
      memory: () => ({ peakBytes: 1, residentBytes: 1 })`);
    const [{ mode, milliseconds, modes, predict }] = await measure({ several });
    expect([mode, milliseconds.median]).toEqual(['quick', 10]);
    const told = modes.map((each) => [each.mode, each.median, each.count, each.continued]);
    expect(told).toEqual([
      ['slow', 16, 2, false],
      ['even', 10.5, 4, true],
      ['quick', 10, 4, true],
    ]);
    expect(predict).toMatchObject({ mode: 'quick', recordingsPerSecond: { median: 5000, count: 3 } });
  });

  test('has the time to the first step of each way, that of its own start included', async () => {
    // The second way takes long to make its first step, as one that compiles; the first does not pay for it.
    const compiling = fake(`
      build: () => ({ parameters: 1, modes: ['plain', 'compiled'], predictModes: [] }),
      burst: ({ mode, steps }) => {
        const until = performance.now() + (mode === 'compiled' && !globalThis.compiled ? 300 : 0);
        while (performance.now() < until);
        if (mode === 'compiled') globalThis.compiled = true;
        return { steps, milliseconds: (mode === 'compiled' ? 10 : 12) * steps, loss: 1 };
      },
      memory: () => ({ peakBytes: 1, residentBytes: 1 })`);
    const [{ mode, firstStepSeconds, modes }] = await measure({ compiling });
    const [plain, compiled] = modes;
    expect(mode).toBe('compiled');
    expect(firstStepSeconds).toBe(compiled.firstStepSeconds);
    expect(compiled.firstStepSeconds - plain.firstStepSeconds).toBeGreaterThan(0.25);
    expect(plain.firstStepSeconds).toBeGreaterThan(0);
  });

  test('says who cannot take part and who failed, and measures the others', async () => {
    const results = await measure({
      absent: fake(`build: () => { throw new Unavailable('not here'); }`),
      broken: fake(
        `build: () => ({ parameters: 1, modes: ['step'] }), burst: () => { throw new Error('NaN'); }`,
      ),
      sound: paced(1),
    });
    expect(results[0]).toEqual({ name: 'absent', kind: 'full', skipped: 'not here' });
    expect(results[1].failed).toMatch('NaN');
    expect(results[2].milliseconds.median).toBe(1);
  });

  test('refuses to compare networks of different sizes', async () => {
    await expect(measure({ a: paced(1, 10), b: paced(1, 11) })).rejects.toThrow('a 10, b 11');
  });
});

describe('the networks', () => {
  let plan;
  beforeAll(async () => {
    plan = (await writePlans(folder, 'tiny', { batch: 3, time: 12, channels: 2 })).ragged;
  });
  const run = async (name, network) => {
    const contender = startContender(commandOf(name, { threads: 1, folder }));
    try {
      const built = await contender.ask('build', { network, plan: plan.path });
      const losses = [];
      for (const mode of built.modes)
        losses.push((await contender.ask('burst', { mode, first: 0, steps: 2 })).loss);
      return { ...built, losses };
    } finally {
      await contender.close();
    }
  };

  test.each(Object.keys(networks))(
    '%s has as many parameters in masq as in stock layers, and trains',
    async (name) => {
      const each = ['stock', 'masq-eager', 'masq'].map((contender) => run(contender, networks[name]));
      const [stock, eager, captured] = await Promise.all(each);
      expect([eager.parameters, captured.parameters]).toEqual([stock.parameters, stock.parameters]);
      expect(captured.losses[0] / eager.losses[0]).toBeCloseTo(1, 3);
      for (const loss of stock.losses) expect(loss).toBeGreaterThan(0);
    },
  );
});

test('memory over many steps takes in all shapes of a set, predictions and the weights that are read back', async () => {
  const workload = { batch: 4, time: 60, channels: 2, recordings: 32 };
  const { buckets: plan } = await writePlans(folder, 'soak', workload);
  const entrant = { name: 'masq', plan, command: commandOf('masq', { threads: 1, folder }) };
  const { shapes, loss, start, end } = await soak(entrant, networks.small, 2 * plan.batches);
  expect(shapes).toBeGreaterThan(1);
  expect(shapes).toBe(plan.shapes);
  expect(loss).toBeGreaterThan(0);
  expect(end.tensors).toBe(start.tensors);
});

describe('the variable-length set', () => {
  const options = { recordings: 512, median: 200, spread: 0.8, shortest: 50, longest: 1000, seed: 2 };
  const lengths = drawLengths(options);

  test('has lengths around the median, clipped, the same for the same seed', () => {
    const { median, minimum } = summarize(lengths);
    expect(Math.abs(median - 200)).toBeLessThan(30);
    expect([minimum, Math.max(...lengths)]).toEqual([50, 1000]);
    expect(drawLengths(options)).toEqual(lengths);
  });

  test.each([
    ['padded to the longest', padToLongest(lengths, 32, 1)],
    ['in buckets', bucketByLength(lengths, 32, 1)],
  ])('%s holds every recording once and whole', (_, batches) => {
    const rows = batches.flatMap((batch) => batch.rows);
    expect(rows.toSorted((a, b) => a - b)).toEqual(Array.from(lengths.keys()));
    for (const batch of batches) {
      expect(Math.max(...batch.rows.map((row) => lengths[row]))).toBeLessThanOrEqual(batch.time);
    }
  });

  test('in buckets has few shapes and little padding', () => {
    const batches = bucketByLength(lengths, 32, 1);
    const steps = batches.reduce((sum, { time, rows }) => sum + time * rows.length, 0);
    expect(new Set(batches.map(({ time }) => time)).size).toBeLessThanOrEqual(8);
    // Padded to the longest, it would be 512,000.
    expect(steps).toBeLessThan(200_000);
  });
});

describe('results', () => {
  /** Every contender on every workload, with long numbers; masq takes half as long as the others. */
  const entrant = (name, kind) => ({
    ...{ name, kind, mode: 'compiled', parameters: 1_234_567 },
    modes: ['eager', 'compiled', 'another-one', 'the-last'].map((mode, i) => ({
      ...{ mode, median: 12_345.6, continued: i > 0 },
    })),
    milliseconds: {
      median: name.startsWith('masq') ? 5000 : 10_000,
      ...{ minimum: 12_345.6, lowerQuartile: 12_345.6, upperQuartile: 12_345.6, count: 15 },
    },
    ...{ captureSeconds: 2, firstStepSeconds: 123.4, memory: { peakBytes: 2 ** 36 } },
    predict: { recordingsPerSecond: { median: 1_234_567, lowerQuartile: 1e6, upperQuartile: 1.1e6 } },
  });
  const cell = (network, workload) => ({
    ...{ network, workload },
    plans: { full: { batches: 16, shapes: 16, recordings: 512, validShare: 0.123456 } },
    entrants: [
      ...Object.keys(contenders).flatMap((name) =>
        plansOf(name, workloads[workload]).map((kind) => entrant(name, kind)),
      ),
      { name: 'torch-compile', kind: 'longest', failed: 'x'.repeat(300) },
    ],
  });
  const memory = { residentBytes: 2 ** 36, tensors: 123_456 };
  const results = {
    cells: ['fcn', 'resnet', 'inception'].flatMap((network) =>
      workloadsOf('cpu').map((workload) => cell(network, workload)),
    ),
    scaling: [
      { name: 'masq', network: 'inception', points: [{ batch: 1, time: 32, milliseconds: { median: 1 } }] },
    ],
    soak: {
      name: 'masq',
      shapes: 5,
      start: { step: 500, ...memory },
      end: { step: 20_000, ...memory },
      growth: 0.01,
    },
  };

  test('make tables that fit into 100 columns', () => {
    for (const table of allTables(results)) {
      for (const line of textTable(table).split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
    }
  });

  test('become a Markdown page', () => {
    const file = join(folder, 'results.json');
    const machine = {
      processor: 'one',
      cores: 2,
      threadsPerCore: 2,
      flags: [],
      memoryBytes: 2 ** 34,
      system: 'linux',
      loadBefore: 0,
    };
    const described = { ...machine, versions: { node: '20' }, git: null };
    const { settings } = readOptions(['--threads', '2'], present);
    writeFileSync(
      file,
      JSON.stringify({ date: '2026-01-02T03:04', machine: described, settings, ...results }),
    );
    const script = fileURLToPath(new URL('report.mjs', import.meta.url));
    const { stdout, stderr } = spawnSync(process.execPath, [script, file], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toContain('on 2026-01-02');
    expect(stdout).toContain('2 CPUs, 2 of them threads of one core');
    expect(stdout).toContain('9 rounds of at least 3 steps and 300 ms, 7 at 32x512x6, 5 of epochs');
    expect(stdout).toContain('| masq / keras | required | 1.00 | 0.500 | fcn 16x29x12 | met |');
  });

  test('meet a target or miss it by the worst case', () => {
    const judged = judge(results);
    const find = (title, need) => judged.find((each) => each.title === title && each.need === need);
    expect(find('masq / keras', 'required')).toMatchObject({ worst: 0.5, met: true });
    expect(find('masq / keras', 'required').values).toHaveLength(12);
    expect(find('masq-bf16 / masq', 'aim')).toMatchObject({ worst: 1, atMost: 0.8, met: false });
    expect(find('masq / torch, torch-compile, keras (longest)', 'aim').values).toHaveLength(3);
    for (const each of judged) expect(each.missing).toEqual([]);
  });

  test('of reading meet or miss time and memory of the peer, and nothing else is asked where nothing else was measured', () => {
    const read = (kind, peer, times, peaks) => ({
      ...{ kind, bytes: 1 },
      entrants: ['masq', peer].map((name, i) => ({
        ...{ name, milliseconds: { median: times[i] }, peakBytes: peaks[i] },
      })),
    });
    const reading = [read('ts', 'aeon', [5, 10], [3, 2]), { kind: 'csv', bytes: 1, entrants: [] }];
    expect(
      judge({ cells: [], soak: null, reading }).map(({ title, worst, met }) => [title, worst, met]),
    ).toEqual([
      ['time of reading .ts, masq / aeon', 0.5, true],
      ['memory of reading .ts, masq / aeon', 1.5, false],
      ['time of reading .csv, masq / pandas', null, null],
    ]);
  });

  test('of a card meet the targets of cards, and no others are asked of them', () => {
    const cells = ['fcn', 'resnet', 'inception'].flatMap((network) =>
      workloadsOf('gpu:0').map((workload) => {
        const { entrants, ...rest } = cell(network, workload);
        return { ...rest, entrants: entrants.map((each) => ({ ...each, busyShare: 0.8 })) };
      }),
    );
    const judged = judge({ cells, soak: null, device: 'gpu:0' });
    expect(judged.map(({ title, worst, met, missing }) => [title, worst, met, missing])).toEqual([
      ['masq / torch-compile', 0.5, true, []],
      ['masq-bf16 / torch-bf16', 0.5, true, []],
      ['share of time that the card is idle, masq', expect.closeTo(0.2), false, []],
    ]);
    const unwatched = cells.map((each) => ({
      ...each,
      entrants: each.entrants.map((one) => ({ ...one, busyShare: null })),
    }));
    expect(judge({ cells: unwatched, soak: null, device: 'gpu:0' }).at(-1)).toMatchObject({ met: null });
  });

  test.each([
    [
      'a peer',
      (each) => each.name === 'torch-bf16',
      'masq-bf16 / torch-bf16, keras-bf16',
      'fcn 16x29x12 torch-bf16',
    ],
    ['masq itself', (each) => each.name === 'masq', 'masq / keras', 'fcn 64x128x6 masq'],
  ])('judge no target where %s is missing or failed, and say so', (_, isGone, title, missing) => {
    for (const end of [{ failed: 'out of memory' }, { skipped: 'not here' }]) {
      const cells = results.cells.map((each) => ({
        ...each,
        entrants: each.entrants.map((entrant) =>
          isGone(entrant) ? { name: entrant.name, kind: entrant.kind, ...end } : entrant,
        ),
      }));
      const judged = judge({ ...results, cells }).find((each) => each.title === title);
      expect(judged).toMatchObject({ met: null });
      expect(judged.missing).toContain(missing);
    }
  });

  test('judge no target where a network or a workload is missing, and say so', () => {
    const without = (isGone) => judge({ ...results, cells: results.cells.filter((each) => !isGone(each)) });
    const keras = (judged) => judged.find(({ title }) => title === 'masq / keras');
    expect(keras(without(({ network }) => network === 'resnet'))).toMatchObject({
      met: null,
      missing: ['resnet'],
    });
    expect(
      keras(without(({ network, workload }) => network === 'fcn' && workload === 'epoch')),
    ).toMatchObject({
      ...{ worst: 0.5, met: null, missing: ['fcn epoch'] },
    });
    for (const { met, worst } of judge({ cells: [], soak: null })) expect([met, worst]).toEqual([null, null]);
    const { notes, rows } = targetsTable({ cells: [], soak: null });
    expect(rows.map((row) => row.at(-1))).toEqual(rows.map(() => 'not judged'));
    expect(notes).toContain('- inception');
  });

  test('compare a contender with masq in its own precision', () => {
    const [named] = results.cells;
    const entrants = named.entrants.map((each) => {
      const median = { masq: 40, 'masq-bf16': 20, keras: 80, 'keras-bf16': 80 }[each.name];
      return median === undefined ? each : { ...each, milliseconds: { ...each.milliseconds, median } };
    });
    const { rows, header } = timesTable({ ...named, entrants });
    const ratioOf = (name) => rows.find(([label]) => label.startsWith(`${name} `))[header.indexOf('masq/it')];
    expect([ratioOf('keras'), ratioOf('keras-bf16')]).toEqual(['0.500', '0.250']);
  });

  test('count what peers are given in an epoch: the longest and the buckets, masq the buckets', () => {
    expect(isEpoch(workloads.epoch)).toBe(true);
    expect(plansOf('keras', workloads.epoch)).toEqual(['longest', 'buckets']);
    expect(plansOf('masq', workloads.epoch)).toEqual(['buckets']);
    expect(plansOf('masq-masked', workloads['16x29x12'])).toEqual(['ragged']);
  });
});

test('quartiles lie linearly between neighbours', () => {
  expect(summarize([4, 1, 3, 2])).toEqual({
    ...{ median: 2.5, minimum: 1, lowerQuartile: 1.75, upperQuartile: 3.25, count: 4 },
  });
});

test('options name what exists', () => {
  expect(readOptions(['--models', 'fcn,resnet', '--quick'], present)).toMatchObject({
    networks: ['fcn', 'resnet'],
    out: false,
  });
  expect(readOptions([], present).settings.longRounds).toBeGreaterThanOrEqual(7);
  expect(readOptions(['--rounds', '3'], present).settings).toMatchObject({
    rounds: 3,
    longRounds: 3,
    epochRounds: 3,
    scalingRounds: 3,
  });
  expect(() => readOptions(['--models', 'fnc'], present)).toThrow('--models names fnc; expected some of fcn');
  expect(() => readOptions(['--rounds', '0'], present)).toThrow('--rounds is 0');
  expect(() => readOptions(['--round', '1'], present)).toThrow("Unknown option '--round'");
});

test('every device that is present is measured, and that cards are skipped is said with the reason', () => {
  expect(readOptions([], present)).toMatchObject({
    devices: ['cpu'],
    skipped: 'gpu: skipped, No NVIDIA driver is loaded on this machine.',
  });
  expect(readOptions(['--device', 'cpu'], present).skipped).toBeNull();
  expect(() => readOptions(['--device', 'gpu:0'], present)).toThrow(
    '--device names gpu:0; present: cpu. No NVIDIA driver is loaded on this machine.',
  );
  const cards = { devices: ['cpu', 'gpu:0', 'gpu:1'], cardProblem: null };
  expect(readOptions([], cards)).toMatchObject({ devices: cards.devices, skipped: null });
  expect(readOptions(['--device', 'gpu,gpu:1'], cards).devices).toEqual(['gpu:0', 'gpu:1']);
  const given = readOptions(['--sections', 'steps,sweep', '--out', 'all.json'], cards);
  expect(optionsFor('gpu:1', given)).toMatchObject({ sections: ['steps'], out: 'all-gpu1.json' });
  expect(optionsFor('cpu', given)).toMatchObject({ sections: ['steps', 'sweep'], out: 'all.json' });
});

test('a card is measured on its own workloads and contenders unless others are named', () => {
  const cards = { devices: ['cpu', 'gpu:0'], cardProblem: null };
  const onCard = optionsFor('gpu:0', readOptions([], cards));
  expect(onCard.workloads).toEqual(['64x128x6', '256x512x6', '32x2048x12']);
  expect(onCard.contenders).toContain('masq-xla');
  const onProcessor = optionsFor('cpu', readOptions([], cards));
  expect(onProcessor.workloads).toEqual(['16x29x12', '64x128x6', '32x512x6', 'epoch']);
  expect(onProcessor.contenders.filter((name) => name.endsWith('-xla'))).toEqual([]);
  const named = readOptions(['--workloads', '256x512x6', '--contenders', 'masq-xla'], cards);
  expect(optionsFor('cpu', named)).toMatchObject({ workloads: ['256x512x6'], contenders: ['masq-xla'] });
});

test('a card is as busy as nvidia-smi says while something runs; without it nothing is known', async () => {
  const program = join(folder, 'nvidia-smi');
  writeFileSync(
    program,
    '#!/bin/sh\necho "$@" > "$0.args"; printf "100\\n 90 \\n[N/A]\\n80\\n7"; exec sleep 60\n',
    { mode: 0o755 },
  );
  const until = () =>
    vi.waitFor(() => readFileSync(`${program}.args`, 'utf8').length > 0 || expect.fail('not asked yet'));
  // What was written is read once the program is asked and the turn has passed.
  expect(await busyShare('GPU-ab', async () => void (await until()), program)).toBeCloseTo(0.9, 10);
  expect(readFileSync(`${program}.args`, 'utf8')).toContain('--query-gpu=utilization.gpu');
  expect(readFileSync(`${program}.args`, 'utf8')).toContain('--id=GPU-ab');
  expect(await busyShare('GPU-ab', () => undefined, join(folder, 'none'))).toBeNull();
});

test('a contender sees the card that it computes on, or none', () => {
  const commandOn = (device) => commandOf('masq', { threads: 1, folder, device });
  vi.stubEnv('CUDA_VISIBLE_DEVICES', undefined);
  expect(commandOn('cpu').env.CUDA_VISIBLE_DEVICES).toBe('-1');
  expect(commandOn('gpu:1').env.CUDA_VISIBLE_DEVICES).toBe('1');
  vi.stubEnv('CUDA_VISIBLE_DEVICES', '3,GPU-ab');
  expect(commandOn('gpu:1').env.CUDA_VISIBLE_DEVICES).toBe('GPU-ab');
  expect(JSON.parse(commandOn('gpu:1').args[1]).device).toBe('gpu');
  vi.stubEnv('CUDA_DEVICE_ORDER', undefined);
  expect(commandOn('gpu:1').env.CUDA_DEVICE_ORDER).toBe('PCI_BUS_ID');
  vi.stubEnv('CUDA_DEVICE_ORDER', 'FASTEST_FIRST');
  expect(commandOn('gpu:1').env.CUDA_DEVICE_ORDER).toBe('FASTEST_FIRST');
  vi.unstubAllEnvs();
});

test('progress tells the time that is left by what the done share took', () => {
  let text = '';
  let clock = 0;
  const stream = { write: (part) => (text += part) };
  const stages = [
    { name: 'a', weight: 1 },
    { name: 'b', weight: 3 },
  ];
  const progress = followProgress(stages, { stream, now: () => clock });
  progress.begin();
  clock = 240_000;
  progress.begin();
  progress.report(0, 'starting');
  expect(text).toBe('[2/2] b: starting; about 12 min left\n');
});
