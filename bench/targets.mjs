// The ratios that masq is held to, worked out from results.
import { workloadsOf } from './workloads.mjs';

const torch = ['torch', 'torch-compile'];
const bfloat16Peers = ['torch-bf16', 'keras-bf16'];
const long = ['64x128x6', '32x512x6'];
const steps = ['16x29x12', ...long];
const all = [...steps, 'epoch'];
const networks = ['fcn', 'resnet', 'inception'];

/**
 * A target: the median of `of` over that of the quickest of `than` is at most `atMost`, in every network on every one of
 * `workloads`. `kind` and `thanKind` name the plan where an epoch has several.
 */
const ratiosOfProcessors = [
  // Ahead of every peer on equal work.
  required('masq', ['stock'], all),
  required('masq', torch, all),
  required('masq', ['keras'], all),
  required('masq-masked', ['stock'], steps),
  required('masq-masked', torch, steps),
  required('masq-masked', ['keras'], steps),
  required('masq-bf16', bfloat16Peers, all),
  required('masq-bf16-masked', bfloat16Peers, steps),
  // How far it can go.
  aim('masq', ['stock'], ['16x29x12'], 0.25),
  aim('masq', ['stock'], ['64x128x6'], 0.5),
  aim('masq', torch, ['16x29x12'], 0.6),
  aim('masq', torch, long, 0.85),
  aim('masq', ['keras'], ['16x29x12'], 0.7),
  aim('masq', ['keras'], long, 0.95),
  aim('masq-masked', torch, steps, 0.9),
  aim('masq-masked', ['keras'], steps, 0.95),
  aim('masq-bf16', bfloat16Peers, steps, 0.95),
  aim('masq-bf16', ['masq'], ['64x128x6'], 0.8),
  aim('masq', [...torch, 'keras'], ['epoch'], 0.5, 'longest'),
  aim('masq', [...torch, 'keras'], ['epoch'], 0.9),
];

/** On graphics cards, as `ratiosOfProcessors`. */
const ofCards = workloadsOf('gpu:0');
const ratiosOfCards = [
  aim('masq', ['torch-compile'], ofCards, 0.8),
  aim('masq-bf16', ['torch-bf16'], ofCards, 0.8),
];

function required(of, than, workloads) {
  return { need: 'required', of, than, workloads, atMost: 1 };
}

function aim(of, than, workloads, atMost, thanKind = 'buckets') {
  return { need: 'aim', of, than, workloads, atMost, thanKind };
}

/** Reading: time and memory over those of the peer. */
const ofReading = [
  { kind: 'ts', peer: 'aeon', of: 'time', atMost: 0.6 },
  { kind: 'ts', peer: 'aeon', of: 'memory', atMost: 1 },
  { kind: 'csv', peer: 'pandas', of: 'time', atMost: 1 },
];

/** Largest time of capturing all programs of a run, in seconds. */
const captureLimit = 3;
/** Largest share of time that a card is idle. */
const idleLimit = 0.1;
/** Largest growth of resident memory over many thousand steps, as a share. */
const growthLimit = 0.02;

/**
 * Every target, judged where everything that it names was measured.
 *
 * @param results `{cells, soak, reading, device}` of a results file, without `device` of a processor; nothing is asked of reading where it
 *   is absent, and of nothing else where it is all there is
 * @returns `[{need, title, atMost, worst, where, met, values, missing}]`; `values` has one entry a network and workload,
 *   `worst` is the largest, null without any; `missing` names what was not measured, and unless it is empty, `met` is
 *   null
 */
export function judge({ cells, soak, reading = null, device = 'cpu' }) {
  if (device !== 'cpu')
    return [...ratiosOfCards.map((target) => judgeRatio(target, cells)), judgeIdle(cells)];
  const read = reading === null ? [] : ofReading.map((target) => judgeReading(target, reading));
  if (cells.length === 0 && read.length > 0) return read;
  const judged = ratiosOfProcessors.map((target) => judgeRatio(target, cells));
  return [...judged, judgeCapture(cells), judgeSoak(soak), ...read];
}

function judgeReading({ kind, peer, of, atMost }, reading) {
  const target = { need: 'aim', title: `${of} of reading .${kind}, masq / ${peer}`, atMost };
  const entrants = reading.find((each) => each.kind === kind)?.entrants ?? [];
  const cost = (name) => {
    const entrant = entrants.find((each) => each.name === name);
    return of === 'time' ? entrant?.milliseconds.median : entrant?.peakBytes;
  };
  const [own, other] = [cost('masq'), cost(peer)];
  return own === undefined || other === undefined
    ? verdict(target, { values: [], missing: [`${peer} reading .${kind}`] })
    : verdict(target, {
        values: [{ network: 'file', workload: `.${kind}`, value: own / other }],
        missing: [],
      });
}

function judgeRatio({ need, of, than, workloads, atMost, thanKind = 'buckets' }, cells) {
  const padded = thanKind === 'longest' ? ' (longest)' : '';
  const judged = forEachCell(cells, workloads, ({ workload, entrants }) => {
    const kinds = (epochKind) => (workload === 'epoch' ? [epochKind] : ['full', 'ragged']);
    const own = timeOf(entrants, of, kinds('buckets'));
    const others = than.map((name) => timeOf(entrants, name, kinds(thanKind)));
    const missing = [of, ...than].filter((_, i) => [own, ...others][i] === undefined);
    return missing.length > 0 ? { missing } : { value: own / Math.min(...others) };
  });
  return verdict({ need, title: `${of} / ${than.join(', ')}${padded}`, atMost }, judged);
}

function timeOf(entrants, name, kinds) {
  const measured = entrants.find(
    (each) => each.name === name && kinds.includes(each.kind) && each.milliseconds !== undefined,
  );
  return measured?.milliseconds.median;
}

/** The share of time for which the card has nothing to do while masq trains on long recordings. */
function judgeIdle(cells) {
  const judged = forEachCell(cells, ['32x2048x12'], ({ entrants }) => {
    const busy = entrants.find(({ name }) => name === 'masq')?.busyShare;
    return typeof busy === 'number' ? { value: 1 - busy } : { missing: ['busy share of masq'] };
  });
  return verdict(
    { need: 'aim', title: 'share of time that the card is idle, masq', atMost: idleLimit },
    judged,
  );
}

/** The slowest of all that capture. */
function judgeCapture(cells) {
  const judged = forEachCell(cells, all, ({ entrants }) => {
    const seconds = entrants
      .map(({ captureSeconds }) => captureSeconds)
      .filter((each) => typeof each === 'number');
    return seconds.length === 0 ? { missing: ['masq'] } : { value: Math.max(...seconds) };
  });
  return verdict({ need: 'aim', title: 'seconds to capture all programs', atMost: captureLimit }, judged);
}

function judgeSoak(soak) {
  const target = { need: 'aim', title: 'growth of resident memory, as a share', atMost: growthLimit };
  if (soak === null) return verdict(target, { values: [], missing: ['memory over many steps'] });
  const values = [{ network: 'small', workload: `${soak.shapes} shapes`, value: soak.growth }];
  const judged = verdict(target, { values, missing: [] });
  return soak.end.tensors > soak.start.tensors ? { ...judged, met: false } : judged;
}

/** What `valueOf` says of every network on every one of `workloads`: `{value}`, or `{missing}`, names of contenders. */
function forEachCell(cells, workloads, valueOf) {
  const values = [];
  const missing = [];
  for (const network of networks) {
    const own = cells.filter((cell) => cell.network === network);
    if (own.length === 0) missing.push(network);
    for (const workload of own.length === 0 ? [] : workloads) {
      const cell = own.find((each) => each.workload === workload);
      const result = cell === undefined ? { missing: [] } : valueOf(cell);
      if (result.value !== undefined) values.push({ network, workload, value: result.value });
      else missing.push([network, workload, result.missing.join(', ')].join(' ').trim());
    }
  }
  return { values, missing };
}

function verdict(target, { values, missing }) {
  const worst = values.reduce((a, b) => (a !== null && a.value >= b.value ? a : b), null);
  return {
    ...target,
    worst: worst?.value ?? null,
    where: worst === null ? '–' : `${worst.network} ${worst.workload}`,
    met: missing.length > 0 ? null : worst.value <= target.atMost,
    values,
    missing,
  };
}
