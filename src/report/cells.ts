// The tables of cells and of single runs.
import type { CellReport, Design, TrialReport } from '../sweep/analysis/studyReport.js';
import {
  absent,
  bytes,
  compact,
  count,
  isNumber,
  number,
  pValue,
  range,
  seconds,
  short,
  signed,
  significant,
} from './format.js';
import { breakable, markup, type Content, type Markup } from './markup.js';
import { table, type Column } from './table.js';

/** Whether any cell was compared with the baseline. */
export function compared(cells: readonly CellReport[]): boolean {
  return cells.some(({ difference }) => difference !== null);
}

/** What intervals and p-values are: of replicates whose training data overlap others than of seeds. */
export function methodsOf(repeat: string | null): [interval: string, test: string] {
  return repeat === null
    ? ['bootstrap interval', 'sign-flip test']
    : ['interval corrected for the overlap of training data', 'corrected resampled t-test'];
}

/** What is known of each cell: the metric, the comparison with the baseline, the cost. */
export function cellsTable(cells: readonly CellReport[], { metric, level, repeat }: Design): Markup {
  const [interval, test] = methodsOf(repeat);
  const ci = `${significant(100 * (1 - level))} %`;
  const values: Column<CellReport>[] = [
    {
      header: 'Method',
      value: ({ method }) => method,
      show: ({ method, role }) => [breakable(method), role !== 'grid' && markup` <small>${role}</small>`],
    },
    {
      header: 'n',
      hint: 'finished trials of those planned',
      value: ({ n }) => n,
      show: ({ n, planned }) => (n === planned ? n : `${n} of ${planned}`),
    },
    {
      header: 'Mean',
      hint: `${metric}, mean over seeds`,
      value: ({ mean }) => mean,
      show: ({ mean }) => number(mean),
    },
    {
      header: 'SD',
      hint: 'standard deviation over seeds',
      value: ({ sd }) => sd,
      show: ({ sd }) => number(sd),
    },
    {
      header: `${ci} interval`,
      hint: `${interval} of the mean`,
      value: ({ interval }) => interval?.lower ?? null,
      show: ({ interval }) => range(interval),
    },
  ];
  const differences: Column<CellReport>[] = [
    {
      header: 'Difference',
      hint: 'mean paired difference to the baseline',
      value: ({ difference }) => difference,
      show: ({ difference }) => signed(difference),
    },
    {
      header: `${ci} interval`,
      hint: `${interval} of the difference`,
      value: ({ differenceInterval }) => differenceInterval?.lower ?? null,
      show: ({ differenceInterval }) => range(differenceInterval, signed),
    },
    { header: 'p', hint: `two-sided, ${test}`, value: ({ p }) => p, show: ({ p }) => pValue(p) },
    {
      header: 'p (Holm)',
      hint: 'corrected over all comparisons',
      value: ({ pHolm }) => pHolm,
      show: ({ pHolm }) =>
        isNumber(pHolm) && pHolm <= level ? markup`<b>${pValue(pHolm)}</b>` : pValue(pHolm),
    },
    {
      header: 'p (max-T)',
      hint: 'adjusted by joint sign flips, beside Holm',
      value: ({ pMaxT }) => pMaxT,
      show: ({ pMaxT }) => pValue(pMaxT),
    },
    {
      header: 'g',
      hint: "effect size: Hedges' g of the differences",
      value: ({ comparison }) => comparison?.effect.hedgesGz ?? null,
      show: ({ comparison }) => short(comparison?.effect.hedgesGz),
    },
    {
      header: 'P(better)',
      hint: 'probability that a run beats a run of the baseline',
      value: ({ comparison }) => comparison?.improvement.value ?? null,
      show: ({ comparison }) => short(comparison?.improvement.value),
    },
    { header: 'Verdict', value: ({ advice }) => advice?.verdict ?? null, show: verdict },
  ];
  const costs: Column<CellReport>[] = [
    {
      header: 'Parameters',
      value: ({ cost }) => cost?.parameters ?? null,
      show: ({ cost }) => count(cost?.parameters),
    },
    {
      header: 'MACs',
      hint: 'multiply-accumulates of a recording',
      value: ({ cost }) => cost?.macs ?? null,
      show: ({ cost }) => compact(cost?.macs),
    },
    {
      header: 'Step',
      hint: 'median time of a training step',
      value: ({ cost }) => cost?.secondsPerStep ?? null,
      show: ({ cost }) => seconds(cost?.secondsPerStep),
    },
    {
      header: 'Training',
      hint: 'median time of training',
      value: ({ cost }) => cost?.trainSeconds ?? null,
      show: ({ cost }) => seconds(cost?.trainSeconds),
    },
    {
      header: 'Memory',
      hint: 'largest resident memory of a trial',
      value: ({ cost }) => cost?.peakMemoryBytes ?? null,
      show: ({ cost }) => bytes(cost?.peakMemoryBytes),
    },
  ];
  return table(
    `Cells: ${metric}`,
    [
      ...values,
      ...(compared(cells) ? differences : []),
      ...(cells.some(({ cost }) => cost !== null) ? costs : []),
    ],
    cells,
    ({ role }) => role === 'baseline',
  );
}

/** Values by seed, each a link to its run. */
export function runsTable(
  cells: readonly CellReport[],
  trials: readonly TrialReport[],
  seeds: readonly number[],
): Markup {
  const known = new Map(trials.map((trial) => [JSON.stringify([trial.cell, trial.seed]), trial]));
  const trialOf = (cell: CellReport, seed: number) => known.get(JSON.stringify([cell.id, seed]));
  return table(
    'Runs: values by seed',
    [
      { header: 'Method', value: ({ method }) => method },
      ...seeds.map((seed): Column<CellReport> => ({
        header: `seed ${seed}`,
        value: (cell) => trialOf(cell, seed)?.value ?? null,
        show: (cell) => linkToRun(trialOf(cell, seed)),
      })),
    ],
    cells,
    ({ role }) => role === 'baseline',
  );
}

function linkToRun(trial: TrialReport | undefined): Content {
  if (trial === undefined) return absent;
  if (trial.status === 'missing') return markup`<span class="quiet">missing</span>`;
  const text = trial.status === 'finished' ? number(trial.value) : trial.status;
  return markup`<a href="${relativeLink(trial.directory)}"${trial.message !== null && markup` title="${trial.message}"`}>${text}</a>`;
}

/** A folder as a link that stays on the machine, whatever its name holds. */
function relativeLink(directory: string): string {
  const parts = directory.split(/[\\/]+/).filter((part, i) => part !== '' || i === 0);
  return `${parts.map(encodeURIComponent).join('/')}/`;
}

function verdict({ advice }: CellReport): Content {
  return advice === null ? absent : markup`<span title="${advice.sentence}">${advice.verdict}</span>`;
}
