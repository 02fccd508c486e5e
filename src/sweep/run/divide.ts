// How a machine's processors and graphics cards are divided among trials that run at once.
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { checkContent } from '../../shared/checkValue.js';
import { UserError } from '../../shared/errors.js';
import type { TrainOptions } from '../../train/index.js';
import { readJson, runDirectory } from '../../track/index.js';
import type { Trial } from '../study/study.js';
import type { LocalLauncherOptions } from './localLauncher.js';

type Device = NonNullable<TrainOptions['device']>;

/** What was asked for; undefined where nothing was. */
export interface Wishes {
  readonly workers: number | undefined;
  readonly threads: number | undefined;
  readonly device: Device | undefined;
}

const begunSchema = z.looseObject({ device: z.string(), threads: z.number() });

/** What a trial of the study was begun with. */
export type Begun = Readonly<z.infer<typeof begunSchema>>;

export interface Machine {
  readonly processors: number;
  /** Graphics cards that the engine can compute on. */
  readonly cards: number;
}

export type Division = Pick<LocalLauncherOptions, 'workers' | 'threads' | 'devices' | 'change'>;

/**
 * A worker for each graphics card, else for each processor, as one thread a trial is what small networks make most of; threads
 * are what is left of the processors for each. All trials of a study have as many, also those that are begun when it goes on
 * with other workers, since the number decides how sums are rounded.
 *
 * @param begun a trial that was begun before; null in a new study
 * @param trials of the whole study, finished or not
 * @throws UserError when a card is asked for and there is none
 */
export function divide(wishes: Wishes, begun: Begun | null, machine: Machine, trials: number): Division {
  const devices = devicesFor(wishes.device, begun, machine.cards);
  const wanted = wishes.threads ?? begun?.threads;
  const places = devices[0]?.startsWith('gpu')
    ? devices.length
    : Math.floor(machine.processors / (wanted ?? 1));
  const workers = wishes.workers ?? Math.max(1, Math.min(places, trials));
  return {
    workers,
    devices,
    threads: wanted ?? Math.max(1, Math.floor(machine.processors / workers)),
    change: wishes.threads !== undefined || wishes.device !== undefined,
  };
}

function devicesFor(wanted: Device | undefined, begun: Begun | null, cards: number): Device[] {
  if (wanted !== undefined && wanted !== 'gpu') return [wanted];
  if (wanted === 'gpu' && cards === 0) {
    throw new UserError('Device gpu cannot be had; masq engine info says what computes here and why.');
  }
  if (wanted === undefined && begun?.device === 'cpu') return ['cpu'];
  return Array.from({ length: cards }, (_, n): Device => `gpu:${n}`);
}

/** What the first trial that was begun runs with; null where none was. */
export async function begunWith(trials: readonly Trial[]): Promise<Begun | null> {
  for (const { directory } of trials) {
    const { environment } = runDirectory(directory);
    if (existsSync(environment)) return checkContent(begunSchema, await readJson(environment), environment);
  }
  return null;
}
