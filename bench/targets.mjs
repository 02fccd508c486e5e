// The ratios that masq is held to, worked out from results.

const torch = ['torch', 'torch-compile'];
const bfloat16Peers = ['torch-bf16', 'keras-bf16'];
const long = ['64x128x6', '32x512x6'];
const steps = ['16x29x12', ...long];
const all = [...steps, 'epoch'];

/**
 * A target: the median of `of` over that of the quickest of `than` is at most `atMost`, in every network on every one of
 * `workloads`. `kind` and `thanKind` name the plan where an epoch has several.
 */
const ratios = [
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

function required(of, than, workloads) {
  return { need: 'required', of, than, workloads, atMost: 1 };
}

function aim(of, than, workloads, atMost, thanKind = 'buckets') {
  return { need: 'aim', of, than, workloads, atMost, thanKind };
}

/** Largest time of capturing all programs of a run, in seconds. */
const captureLimit = 3;
/** Largest growth of resident memory over many thousand steps, as a share. */
const growthLimit = 0.02;

/**
 * Every target that the results can tell of.
 *
 * @param results `{cells, soak}` of a results file
 * @returns `[{need, title, atMost, worst, where, met, values}]`; `worst` is the largest of `values`, which has one entry
 *   a network and workload
 */
export function judge({ cells, soak }) {
  return [...ratios.map((target) => judgeRatio(target, cells)), judgeCapture(cells), judgeSoak(soak)].filter(
    (judged) => judged !== null,
  );
}

function judgeRatio({ need, of, than, workloads, atMost, thanKind = 'buckets' }, cells) {
  const values = cells
    .filter(({ workload }) => workloads.includes(workload))
    .flatMap(({ network, workload, entrants }) => {
      const kinds = workload === 'epoch' ? [thanKind] : ['full', 'ragged'];
      const time = (name, among) =>
        entrants.find((each) => each.name === name && among.includes(each.kind))?.milliseconds?.median;
      const own = time(of, workload === 'epoch' ? ['buckets'] : kinds);
      const others = than.map((name) => time(name, kinds)).filter((each) => each !== undefined);
      if (own === undefined || others.length === 0) return [];
      return [{ network, workload, value: own / Math.min(...others) }];
    });
  const padded = thanKind === 'longest' ? ' (longest)' : '';
  return verdict({ need, title: `${of} / ${than.join(', ')}${padded}`, atMost }, values);
}

function judgeCapture(cells) {
  const values = cells.flatMap(({ network, workload, entrants }) =>
    entrants
      .filter(({ captureSeconds }) => typeof captureSeconds === 'number')
      .map(({ captureSeconds }) => ({ network, workload, value: captureSeconds })),
  );
  return verdict({ need: 'aim', title: 'seconds to capture all programs', atMost: captureLimit }, values);
}

function judgeSoak(soak) {
  const values = soak === null ? [] : [{ network: 'small', workload: '16x29x12', value: soak.growth }];
  const title = 'growth of resident memory, as a share';
  const judged = verdict({ need: 'aim', title, atMost: growthLimit }, values);
  if (judged !== null && soak.end.tensors > soak.start.tensors) return { ...judged, met: false };
  return judged;
}

function verdict(target, values) {
  if (values.length === 0) return null;
  const worst = values.reduce((a, b) => (b.value > a.value ? b : a));
  return {
    ...target,
    worst: worst.value,
    where: `${worst.network} ${worst.workload}`,
    met: worst.value <= target.atMost,
    values,
  };
}
