// What the submitting side and the tasks on the nodes agree on, besides the list of trials.
import { join } from 'node:path';

/** Exit codes of a task. */
export const exitCodes = {
  /** The trial is finished or its failure is recorded. */
  done: 0,
  /** It may be tried again. */
  failed: 1,
  diskFull: 74,
  /** Many clusters requeue jobs that end with it (`RequeueExit`). */
  requeue: 75,
  terminated: 143,
} as const;

/** Of a trial: one task of all nodes trains it at a time. */
export function leaseFolder(study: string, { cell, seed }: { cell: string; seed: number }): string {
  return join(study, 'slurm', 'leases', cell, String(seed));
}
