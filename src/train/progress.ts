// How far a training run has come: everything on the host that going on from a checkpoint needs.

/** The best epoch so far. */
export interface BestEpoch {
  readonly epoch: number;
  /** Updates done at its end. */
  readonly step: number;
  /** Of the monitored metric. */
  readonly value: number;
}

/** Sums over the steps of an epoch that is not over. */
export interface EpochSums {
  /** Steps of the epoch that are done. */
  readonly steps: number;
  readonly recordings: number;
  /** Sum of the losses of the batches, each times its recordings. */
  readonly loss: number;
  readonly correct: number;
}

export interface Progress {
  /** Epochs that are finished. */
  readonly epoch: number;
  /** Updates that are done, over all epochs. */
  readonly step: number;
  /** The part of the next epoch that is done. */
  readonly partial: EpochSums;
  readonly best: BestEpoch | null;
  /** Time spent on training steps, over all processes of the run. */
  readonly trainSeconds: number;
  /** The part of it in which steps waited for their batches. */
  readonly waitSeconds: number;
  /** In how many parts the gradients of a batch are computed, because memory did not suffice for all of it; absent: in one. */
  readonly accumulation?: number;
}

export const emptySums: EpochSums = { steps: 0, recordings: 0, loss: 0, correct: 0 };

export const noProgress: Progress = {
  ...{ epoch: 0, step: 0, partial: emptySums, best: null },
  ...{ trainSeconds: 0, waitSeconds: 0 },
};
