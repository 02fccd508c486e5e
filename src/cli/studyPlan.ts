// masq sweep --dry-run: the cells of a study, its trials, the time they will take and the seeds they need.
import { counted } from '../shared/counted.js';
import { loadEngine } from '../engine/index.js';
import { planStudy, type PlannedCell, type SeedsNeeded, type StudyPlan } from '../sweep/study/planStudy.js';
import type { Study } from '../sweep/study/study.js';
import { percent, seedCount, short } from '../sweep/statistics/words.js';
import { smallestSignFlipP } from '../sweep/statistics/index.js';
import type { CommandContext, EngineArguments } from './context.js';
import { formatSeconds, formatTable, lineWidth, startProgress, type Progress } from './output.js';

export interface DryRunOptions extends Omit<EngineArguments, 'threads'> {
  /** The study's folder; it need not be there. */
  readonly directory: string;
  /** Trials that would run at once. */
  readonly workers: number;
  /** Threads that each would have. */
  readonly threads: number;
}

/** A plan that takes longer shows how far it is. */
const quietSeconds = 2;

/** Plans a study and prints it. Nothing is written. */
export async function dryRun(study: Study, options: DryRunOptions, context: CommandContext): Promise<void> {
  const { directory, workers, threads, device } = options;
  const settings = engineSettings(study);
  const engine = await loadEngine({ device, threads, ...settings.ofAll });
  if (engine.warning !== null) context.warn(engine.warning);
  // By now this process has done what that of a trial does before it trains.
  const startup = process.uptime();
  const began = performance.now();
  let progress: Progress | undefined;
  const plan = await planStudy(study, {
    directory,
    workers,
    startup,
    signal: context.signal,
    onProgress: (done, total) => {
      if (performance.now() - began < 1000 * quietSeconds) return;
      progress ??= startProgress({
        label: 'Timing models',
        total,
        initial: done,
        quiet: context.quiet,
      });
      progress.update(done);
    },
  }).finally(() => {
    progress?.stop();
  });
  context.out(describeStudy(study, plan));
  for (const table of tablesOf(study, plan)) context.out(`\n${table}`);
  context.out(`\n${[describeTime(plan, workers, engine.threads), ...settings.notes].join('\n')}`);
  for (const [first, second] of plan.alike) {
    context.warn(
      `${first.id} and ${second.id} are the same network: their bottlenecks have the same widths.`,
    );
  }
  if (plan.seedsNeeded !== null) describeSeeds(study, plan.seedsNeeded, context);
}

/**
 * What is settled for a process when its engine is loaded, and so for all models that are timed in this one: as all cells have it. Where they
 * differ, a note says so.
 */
export function engineSettings({ cells }: Pick<Study, 'cells'>): {
  readonly ofAll: { readonly deterministic: boolean; readonly xla: boolean };
  readonly notes: readonly string[];
} {
  const having = (key: 'deterministic' | 'xla'): number =>
    cells.filter(({ config }) => config.train[key]).length;
  const notes = (['deterministic', 'xla'] as const)
    .filter((key) => having(key) > 0 && having(key) < cells.length)
    .map((key) => `Timed without train.${key}, which ${having(key)} of ${cells.length} cells ask for.`);
  const ofAll = {
    deterministic: having('deterministic') === cells.length,
    xla: having('xla') === cells.length,
  };
  return { ofAll, notes };
}

function describeStudy(
  { name, design, axes, cells, datasets, seeds }: Study,
  { trials, finished }: StudyPlan,
): string {
  const ofOne = cells.filter(({ dataset }) => dataset === cells[0].dataset);
  const controls = ofOne.filter(({ role }) => role === 'control').length;
  const parts = [
    `${design} design with ${counted(Object.keys(axes).length, 'axis', 'axes')}: ${counted(ofOne.length - controls, 'cell')}`,
    ...(controls === 0 ? [] : [counted(controls, 'control')]),
  ];
  const on = datasets.length === 0 ? '' : ` on ${counted(datasets.length, 'data set')}`;
  const done = finished === 0 ? '' : `, ${finished} of them finished`;
  return `${name}: ${parts.join(' and ')}${on}, ${seedCount(seeds.length)}: ${counted(trials, 'trial')}${done}.`;
}

/** A table for each data set. */
function tablesOf({ datasets }: Study, { cells }: StudyPlan): string[] {
  const sets = datasets.length === 0 ? [null] : datasets;
  return sets.map((dataset) => {
    const table = tableOf(cells.filter(({ cell }) => cell.dataset === dataset));
    return dataset === null ? table : `${dataset}\n${table}`;
  });
}

function tableOf(cells: readonly PlannedCell[]): string {
  const head = ['Cell', 'Parameters', 'Multiply-accumulates', 'Seconds a trial'];
  const rows = cells.map(({ cell, parameters, macs, seconds }) => [
    cell.method,
    parameters.toLocaleString('en'),
    macs.toLocaleString('en'),
    seconds.toFixed(seconds < 10 ? 1 : 0),
  ]);
  const others = [1, 2, 3].map((c) => Math.max(head[c].length, ...rows.map((row) => row[c].length)) + 2);
  const room = lineWidth - others.reduce((sum, width) => sum + width, 0);
  return formatTable(
    rows.map(([name, ...numbers]) => [shortened(name, room), ...numbers]),
    { head, right: [1, 2, 3] },
  );
}

/** A name without its middle where it is too long. */
function shortened(name: string, room: number): string {
  if (name.length <= room) return name;
  const kept = room - 1;
  return `${name.slice(0, Math.ceil(kept / 2))}…${name.slice(-Math.floor(kept / 2))}`;
}

function describeTime(
  { trials, finished, seconds, timed, cells, mayEndEarly }: StudyPlan,
  workers: number,
  threads: number,
): string {
  const left = trials - finished;
  if (left === 0) return 'All trials are finished.';
  const lines = [
    `About ${formatSeconds(seconds)} for ${finished === 0 ? '' : 'the other '}${counted(left, 'trial')}, ${workers} at once ` +
      `with ${counted(threads, 'thread')} each.`,
    `Timed by a few steps of ${timed} of the ${counted(cells.length, 'cell')} on this machine, each alone.`,
  ];
  if (workers > 1) lines.push('Trials that run at once share memory bandwidth, and take longer than that.');
  if (mayEndEarly) lines.push('Trials that stop before their last epoch take less.');
  return lines.join('\n');
}

function describeSeeds(
  { compare: { baseline } }: Study,
  { comparisons, seeds, level, fewest }: SeedsNeeded,
  { out, warn }: CommandContext,
): void {
  const holm =
    comparisons === 1
      ? ''
      : `, and Holm's correction asks the best of them for ${short(level / comparisons)}`;
  if (seeds >= fewest) {
    out(
      `${counted(comparisons, 'comparison')} with ${baseline ?? ''} can be significant at the ${percent(level)} level from ` +
        `${seedCount(fewest)} on.`,
    );
    return;
  }
  warn(
    `With ${seedCount(seeds)}, none of ${counted(comparisons, 'comparison')} with ${baseline ?? ''} can be significant at the ` +
      `${percent(level)} level, whatever comes out: no p-value can be below ${short(smallestSignFlipP(seeds))}${holm}. ` +
      `That takes at least ${seedCount(fewest)}.`,
  );
}
