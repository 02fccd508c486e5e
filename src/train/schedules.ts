// Learning rate schedules: the rate of a step as a pure function of the step, so that a resumed run needs no state.

/** The same rate throughout. */
export interface ConstantSchedule {
  readonly name: 'constant';
  readonly warmup: number;
}

/** From the base rate down to `final` times it, along half a cosine (Loshchilov & Hutter 2017, without restarts). */
export interface CosineSchedule {
  readonly name: 'cosine';
  readonly warmup: number;
  /** The last rate as a fraction of the base rate. */
  readonly final: number;
}

/**
 * Up to the base rate and down again (Smith & Topin 2019), as PyTorch's `OneCycleLR` with cosine annealing and two
 * phases. Momentum stays as it is; PyTorch cycles it too unless told not to.
 */
export interface OneCycleSchedule {
  readonly name: 'one-cycle';
  /** The fraction of the steps that climb. */
  readonly pctStart: number;
  /** The first rate is the base rate divided by this. */
  readonly divFactor: number;
  /** The last rate is the first rate divided by this. */
  readonly finalDivFactor: number;
}

export type Schedule = ConstantSchedule | CosineSchedule | OneCycleSchedule;

/** When a rate is asked for. */
export interface ScheduleInput {
  /** The step, from 0. */
  readonly step: number;
  /** How many steps the whole training has. */
  readonly totalSteps: number;
  /** The config's `learningRate`; the highest rate that any schedule reaches. */
  readonly base: number;
}

/**
 * The learning rate of one step. With warm-up of n steps (`warmup` times `totalSteps`, rounded) step i < n has
 * `base·(i + 1)/(n + 1)` and the schedule proper takes the steps that are left.
 */
export function learningRateAt(schedule: Schedule, { step, totalSteps, base }: ScheduleInput): number {
  if (schedule.name === 'one-cycle') return oneCycle(schedule, { step, totalSteps, base });
  const warmupSteps = Math.round(schedule.warmup * totalSteps);
  if (step < warmupSteps) return (base * (step + 1)) / (warmupSteps + 1);
  if (schedule.name === 'constant') return base;
  const progress = fraction(step - warmupSteps, totalSteps - warmupSteps - 1);
  return anneal(base, base * schedule.final, progress);
}

function oneCycle(
  { pctStart, divFactor, finalDivFactor }: OneCycleSchedule,
  { step, totalSteps, base }: ScheduleInput,
): number {
  const first = base / divFactor;
  const top = pctStart * totalSteps - 1;
  if (step <= top) return anneal(first, base, fraction(step, top));
  return anneal(base, first / finalDivFactor, fraction(step - top, totalSteps - 1 - top));
}

/** From `start` at progress 0 to `end` at progress 1, along half a cosine. */
function anneal(start: number, end: number, progress: number): number {
  return end + ((start - end) / 2) * (1 + Math.cos(Math.PI * progress));
}

/** `part / whole`, at most 1; a phase of a single step has only its beginning. */
function fraction(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.min(1, part / whole);
}
