// Reports of studies that nobody ran: a small one in literal numbers, an awkward one, and one as large as a real study.
import type {
  CellReport,
  DatasetReport,
  GateLayer,
  RatioReport,
  StudyReport,
  TrialReport,
} from '../../src/sweep/analysis/studyReport.js';
import {
  adviseSeeds,
  anova,
  comparePaired,
  compareOverDatasets,
  holm,
  interaction,
  mainEffect,
  paretoFront,
  sufficientRatio,
  summarize,
} from '../../src/sweep/statistics/index.js';

const level = 0.95;

/** Two ratios and the baseline on one data set, two seeds, of which one trial failed. */
export function smallStudyReport(): StudyReport {
  const gate: GateLayer = {
    layer: 'block1_attention/gate',
    classes: ['left', 'right'],
    profile: [
      [0.2, 0.9, 0.5],
      [0.4, 0.7, 0.5],
    ],
    spread: [
      [0.05, 0.1, 0],
      [0.05, 0.1, 0],
    ],
    seed: 1,
    saturated: { low: 0.125, high: 0.25 },
    betweenRecordings: 0.08,
    betweenClassesShare: 0.6,
    constant: false,
  };
  const constant = { ...gate, layer: 'block2_attention/gate', betweenRecordings: 0.004, constant: true };
  const cost = { macs: 7_634_944, secondsPerStep: 0.0028, trainSeconds: 41, peakMemoryBytes: 412e6 };
  const curve = [
    { epoch: 1, trainLoss: 1.2, validationLoss: 1.1, validationAccuracy: 0.6 },
    { epoch: 2, trainLoss: 0.4, validationLoss: 0.5, validationAccuracy: 0.9 },
  ];
  const cells: CellReport[] = [
    {
      id: 'Waves,ratio=2',
      settings: { 'model.attention.ratio': '2', dataset: 'Waves' },
      dataset: 'Waves',
      method: 'ratio=2',
      role: 'grid',
      isControl: false,
      n: 2,
      planned: 2,
      mean: 0.95,
      sd: 0.0141,
      interval: { level, lower: 0.94, upper: 0.96 },
      values: [0.94, 0.96],
      difference: 0.05,
      differenceInterval: { level, lower: 0.04, upper: 0.06 },
      p: 0.5,
      pHolm: 1,
      pMaxT: null,
      comparison: {
        n: 2,
        difference: 0.05,
        sd: 0.0141,
        interval: { level, lower: 0.04, upper: 0.06 },
        p: 0.5,
        exact: true,
        smallestP: 0.5,
        effect: { cohenDz: 3.5, hedgesGz: null },
        improvement: { value: 1, interval: { level, lower: 1, upper: 1 } },
      },
      advice: {
        verdict: 'too few seeds',
        fewestSeeds: 6,
        seedsForObserved: 7,
        seedsForInterest: null,
        sentence: 'With 2 seeds no p-value can be below 0.5.',
      },
      cost: { parameters: 300_000, ...cost },
      curve,
      gates: [gate, constant],
    },
    {
      id: 'Waves,ratio=16',
      settings: { 'model.attention.ratio': '16', dataset: 'Waves' },
      dataset: 'Waves',
      method: 'ratio=16',
      role: 'grid',
      isControl: false,
      n: 1,
      planned: 2,
      mean: 0.93,
      sd: null,
      interval: null,
      values: [0.93, null],
      difference: 0.03,
      differenceInterval: null,
      p: 1,
      pHolm: 1,
      pMaxT: null,
      comparison: null,
      advice: null,
      cost: { parameters: 270_000, ...cost },
      curve,
      gates: [],
    },
    {
      id: 'Waves,attention=none',
      settings: { 'model.attention': 'none', dataset: 'Waves' },
      dataset: 'Waves',
      method: 'attention=none',
      role: 'baseline',
      isControl: true,
      n: 2,
      planned: 2,
      mean: 0.9,
      sd: 0,
      interval: { level, lower: 0.9, upper: 0.9 },
      values: [0.9, 0.9],
      difference: null,
      differenceInterval: null,
      p: null,
      pHolm: null,
      pMaxT: null,
      comparison: null,
      advice: null,
      cost: { parameters: 265_989, ...cost },
      curve,
      gates: [],
    },
  ];
  const trials = cells.flatMap(({ id, values }) =>
    values.map((value, i): TrialReport => ({
      cell: id,
      seed: i + 1,
      status: value === null ? 'failed' : 'finished',
      message: value === null ? 'Out of memory in step 12.' : null,
      directory: `trials/${id}/${i + 1}`,
      value,
    })),
  );
  const estimate = (value: number) => ({
    value,
    interval: { level, lower: value - 0.01, upper: value + 0.01 },
  });
  return {
    masq: '0.1.0',
    name: 'squeeze-ablation',
    design: {
      kind: 'grid',
      axes: { 'model.attention.ratio': ['2', '16'] },
      datasets: ['Waves'],
      seeds: [1, 2],
      repeat: null,
      metric: 'test.accuracy',
      better: 'higher',
      baseline: 'attention=none',
      level: 0.05,
      differenceOfInterest: 0.01,
      halving: null,
    },
    summary: ['Squeezing to a half is best on Waves.', 'Two seeds are too few to be sure.'],
    methods: 'A grid of two reduction ratios was trained with two seeds.',
    cells,
    trials,
    datasets: [
      {
        dataset: 'Waves',
        mainEffects: [
          {
            axis: 'model.attention.ratio',
            contexts: 1,
            cellsLeftOut: 0,
            seeds: 1,
            levels: [
              { level: '2', mean: estimate(0.94), effect: estimate(0.005) },
              { level: '16', mean: estimate(0.93), effect: estimate(-0.005) },
            ],
          },
        ],
        interactions: [],
        anova: { refused: 'One axis alone.' },
        pareto: {
          parameters: ['Waves,attention=none', 'Waves,ratio=16', 'Waves,ratio=2'],
          macs: ['Waves,ratio=2'],
          secondsPerStep: ['Waves,ratio=2'],
        },
        ratios: [
          {
            levels: {},
            sufficient: {
              points: [
                { ratio: 2, mean: 0.94, fitted: 0.94, interval: null, share: 1 },
                { ratio: 16, mean: 0.93, fitted: 0.93, interval: null, share: 0 },
              ],
              best: 2,
              sufficient: 2,
              interval: null,
            },
            closedForm: { refused: 'One seed.' },
            sentence: 'Beyond ratio 2 accuracy is lost; the customary 16 loses 0.01.',
          },
        ],
      },
    ],
    overDatasets: { refused: 'One data set.' },
  };
}

/** Text that would run, load or break something if it were not escaped. */
export const hostile = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;</title></style>`;

/** Nothing where something may be missing, refusals wherever there are any, and hostile names. */
export function awkwardStudyReport(): StudyReport {
  const refusal = { refused: `No: ${hostile}` };
  const id = `cell ${hostile}`;
  return {
    masq: '0.1.0',
    name: hostile,
    design: {
      kind: 'runs',
      axes: { [`axis.${hostile}`]: [hostile], 'other.axis': ['a', hostile] },
      datasets: [],
      seeds: [0, 1],
      repeat: null,
      metric: `test.${hostile}`,
      better: 'lower',
      baseline: null,
      level: 0.05,
      differenceOfInterest: null,
      halving: { firstEpoch: 5, factor: hostile },
    },
    summary: [],
    methods: hostile,
    cells: [
      {
        id,
        settings: { [`axis.${hostile}`]: hostile, 'other.axis': 'a' },
        dataset: null,
        method: hostile,
        role: 'grid',
        isControl: false,
        n: 0,
        planned: 2,
        mean: null,
        sd: null,
        interval: null,
        values: [null, null],
        difference: null,
        differenceInterval: null,
        p: null,
        pHolm: null,
        pMaxT: null,
        comparison: null,
        advice: null,
        cost: null,
        curve: [{ epoch: 1, trainLoss: Number.NaN, validationLoss: null, validationAccuracy: null }],
        gates: [
          {
            layer: hostile,
            classes: [hostile],
            profile: null,
            spread: null,
            seed: 0,
            saturated: { low: 0, high: 0 },
            betweenRecordings: 0,
            betweenClassesShare: null,
            constant: true,
          },
        ],
      },
    ],
    trials: [
      {
        cell: id,
        seed: 0,
        status: 'failed',
        message: hostile,
        directory: `javascript:alert(3)//${hostile}`,
        value: null,
      },
      { cell: id, seed: 1, status: 'missing', message: null, directory: '../elsewhere', value: null },
    ],
    datasets: [
      {
        dataset: null,
        mainEffects: [{ axis: `axis.${hostile}`, ...refusal }],
        interactions: [{ axes: [`axis.${hostile}`, 'other.axis'], ...refusal }],
        anova: refusal,
        pareto: { parameters: [], macs: [], secondsPerStep: [] },
        ratios: [],
      },
    ],
    overDatasets: refusal,
  };
}

const ratios = ['2', '4', '8', '16', '32'];
const squeezes = ['average', 'max', 'average+max-logits', 'std'];
const controls = ['attention=none', 'attention=parameter-matched', 'attention=local-gates'];
const seeds = Array.from({ length: 10 }, (_, i) => i + 1);

/** As large as a study gets: 23 methods on four data sets with ten seeds, by the real statistics of made-up values. */
export function largeStudyReport(): StudyReport {
  const names = ['JapaneseVowels', 'BasicMotions', 'RacketSports', 'ArticularyWordRecognition'];
  const bySet = names.map((name, i) => datasetOf(name, i));
  const cells = bySet.flatMap((set) => set.cells);
  const methods = bySet[0].cells.map(({ method }) => method);
  const scores = bySet.map((set) => set.cells.map(({ mean }) => mean ?? 0));
  const trials = cells.flatMap(({ id, values }) =>
    values.map((value, i): TrialReport => ({
      cell: id,
      seed: seeds[i],
      status: value === null ? (i === 3 ? 'failed' : 'missing') : 'finished',
      message: value === null && i === 3 ? 'The loss is not finite in epoch 12 (step 340): NaN.' : null,
      directory: `trials/${id}/${seeds[i]}`,
      value,
    })),
  );
  return {
    masq: '0.1.0',
    name: 'squeeze-ablation',
    design: {
      kind: 'grid',
      axes: { 'model.attention.ratio': ratios, 'model.attention.squeeze': squeezes },
      datasets: names,
      seeds,
      repeat: null,
      metric: 'test.accuracy',
      better: 'higher',
      baseline: controls[0],
      level: 0.05,
      differenceOfInterest: 0.01,
      halving: null,
    },
    summary: [
      'Squeeze and excitation raises test accuracy on two of four data sets by 0.8 to 1.9 points; on the other two no cell can be told from the network without it.',
      'Which squeeze is used matters more than the ratio: std is worse than average everywhere, by 0.6 points on average (interval 0.4 to 0.8).',
      'The last gain stops paying at ratio 8 (interval 4 to 16) on JapaneseVowels; the customary 16 costs 0.3 points there.',
      '6 of 920 trials did not finish; their cells are compared over the seeds that are left.',
    ],
    methods:
      'The design is a full factorial grid of 5 reduction ratios and 4 squeezes with 3 controls on 4 data sets, each cell trained with the same 10 seeds. A seed fixes split, initial weights and order of data, so that cells are paired. Differences to the baseline were tested by exact two-sided sign-flip tests, corrected by Holm over all comparisons of the study at the level 0.05; intervals are bias-corrected and accelerated bootstrap intervals over seeds with 10,000 resamples.',
    cells,
    trials,
    datasets: bySet.map(({ report }) => report),
    overDatasets: {
      methods,
      datasets: names,
      scores,
      comparison: compareOverDatasets(scores, { seed: 1 }),
      sentence:
        'Over 4 data sets no pair of 23 methods can be told apart: a signed-rank test over so few data sets cannot give a p-value below 0.125.',
    },
  };
}

function datasetOf(dataset: string, index: number): { cells: CellReport[]; report: DatasetReport } {
  const options = { seed: 1, resamples: 60 };
  const grid = ratios.flatMap((ratio) => squeezes.map((squeeze) => ({ ratio, squeeze })));
  const noise = wobble(index + 1);
  const base = 0.92 - 0.03 * index;
  const made = [
    ...grid.map(({ ratio, squeeze }) => ({
      method: `ratio=${ratio},squeeze=${squeeze}`,
      levels: { 'model.attention.ratio': ratio, 'model.attention.squeeze': squeeze },
      center:
        base +
        0.02 -
        0.004 * Math.max(0, Math.log2(Number(ratio)) - 2) * (index + 1) -
        [0, 0.004, -0.002, 0.015][squeezes.indexOf(squeeze)],
    })),
    ...controls.map((method, i) => ({ method, levels: {}, center: base + 0.004 * i })),
  ].map((cell, i) => ({
    ...cell,
    values: seeds.map((seed) =>
      i % 9 === 4 && seed === 4 ? null : Math.round(1000 * (cell.center + 0.012 * noise())) / 1000,
    ),
  }));
  const valuesOf = (values: readonly (number | null)[]) =>
    new Map(values.flatMap((value, i) => (value === null ? [] : [[String(seeds[i]), value] as const])));
  const baseline = made[made.length - controls.length];
  const comparisons = made.map(({ values }) => {
    const both = values.flatMap((value, i) => {
      const other = baseline.values[i];
      return value === null || other === null ? [] : [[value, other]];
    });
    return comparePaired(
      both.map(([value]) => value),
      both.map(([, other]) => other),
      options,
    );
  });
  const corrected = holm(comparisons.map(({ p }) => p));
  const cells = made.map(({ method, levels, values, center }, i): CellReport => {
    const known = values.filter((value) => value !== null);
    const summary = summarize(known, options);
    const role = method === baseline.method ? 'baseline' : i < grid.length ? 'grid' : 'control';
    const comparison = role === 'baseline' ? null : comparisons[i];
    const pHolm = corrected[i] ?? 1;
    const hidden = i < grid.length ? 128 / Number(grid[i].ratio) : 0;
    return {
      id: `${dataset},${method}`,
      settings: { ...levels, dataset },
      dataset,
      method,
      role,
      isControl: i >= grid.length,
      planned: seeds.length,
      ...summary,
      values,
      difference: comparison?.difference ?? null,
      differenceInterval: comparison?.interval ?? null,
      p: comparison?.p ?? null,
      pHolm: comparison === null ? null : pHolm,
      pMaxT: null,
      comparison,
      advice: comparison === null ? null : adviseSeeds(comparison, pHolm, { family: 22 }),
      cost: {
        parameters: 265_989 + 768 * hidden,
        macs: 7_634_944 + 768 * hidden + 4096 * (i % 4),
        secondsPerStep: 0.0026 + 2e-6 * hidden + 1e-5 * (i % 5),
        trainSeconds: 38 + (i % 7),
        peakMemoryBytes: 4.1e8 + 1e6 * i,
      },
      curve: Array.from({ length: 200 }, (_, epoch) => ({
        epoch: epoch + 1,
        trainLoss: 2 * Math.exp(-epoch / (20 + i)) + 0.004 * (1.5 + noise()),
        validationLoss: 2 * Math.exp(-epoch / (25 + i)) + 0.1 + 0.02 * noise(),
        validationAccuracy: center - 0.7 * Math.exp(-epoch / (15 + i)) + 0.006 * noise(),
      })),
      gates: i < grid.length ? [128, 256].map((channels, layer) => gatesOf(channels, layer, i, noise)) : [],
    };
  });
  const gridCells = made.map(({ levels, values }) => ({
    settings: levels,
    values: valuesOf(values),
  }));
  const axes = ['model.attention.ratio', 'model.attention.squeeze'];
  const front = (cost: (cell: CellReport) => number) =>
    paretoFront(cells.map((cell) => ({ cost: cost(cell), value: cell.mean ?? 0 }))).map((i) => cells[i].id);
  const report: DatasetReport = {
    dataset,
    mainEffects: axes.map((axis) => {
      const effect = mainEffect(gridCells, axes, axis, options);
      return 'refused' in effect ? { axis, ...effect } : effect;
    }),
    interactions: [interaction(gridCells, axes, [axes[0], axes[1]], options)].map((each) =>
      'refused' in each ? { axes: [axes[0], axes[1]] as const, ...each } : each,
    ),
    anova: anova(gridCells, axes),
    pareto: {
      parameters: front(({ cost }) => cost?.parameters ?? 0),
      macs: front(({ cost }) => cost?.macs ?? 0),
      secondsPerStep: front(({ cost }) => cost?.secondsPerStep ?? 0),
    },
    ratios: squeezes.map((squeeze): RatioReport => {
      const rows = made.filter(({ method }) => method.endsWith(`squeeze=${squeeze}`));
      const shared = seeds.filter((_, i) => rows.every(({ values }) => values[i] !== null));
      const sufficient = sufficientRatio(
        ratios.map(Number),
        rows.map(({ values }) => shared.map((seed) => values[seed - 1] ?? 0)),
        options,
      );
      return {
        levels: { 'model.attention.squeeze': squeeze },
        sufficient,
        closedForm: { refused: 'The data cannot tell the curvature of the loss from none.' },
        sentence: `Up to ratio ${sufficient.sufficient} nothing is lost that noise would not explain; the customary 16 is ${sufficient.sufficient >= 16 ? 'within' : 'beyond'} it. The data cannot tell the curvature of the loss from none, so the closed form gives no ratio.`,
      };
    }),
  };
  return { cells, report };
}

function gatesOf(channels: number, layer: number, cell: number, noise: () => number): GateLayer {
  const classes = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];
  const overall = Array.from({ length: channels }, () => 0.5 + 0.3 * noise());
  const constant = cell % 7 === 3 && layer === 1;
  const scale = constant ? 0.002 : 0.06;
  return {
    layer: `block${layer + 1}_attention/gate`,
    classes,
    profile: classes.map(() => overall.map((value) => Math.min(1, Math.max(0, value + scale * noise())))),
    spread: classes.map(() => overall.map(() => scale * (0.6 + 0.2 * noise()))),
    seed: 1,
    saturated: { low: 0.02 + 0.005 * cell, high: 0.01 * layer },
    betweenRecordings: scale,
    betweenClassesShare: constant ? null : 0.4 + 0.01 * cell,
    constant,
  };
}

/** Numbers between −1 and 1 that look random and never change. */
function wobble(start: number): () => number {
  let state = start;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (2 * state) / 2_147_483_647 - 1;
  };
}
