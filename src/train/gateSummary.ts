// What `gates.json` holds: what the attention of a finished run did to the test recordings, small enough to keep of every run.

/** The gates of a run on its test data, by attention layer and name of the gate, as `layer/gate`. */
export interface GateSummary {
  readonly classes: readonly string[];
  readonly gates: Readonly<Record<string, GateOfLayer>>;
}

export interface GateOfLayer {
  /** Lower and upper end of what the gate can be, e.g. [0, 1] of a sigmoid; null at an end that is open. */
  readonly range: readonly [number | null, number | null];
  /** Mean gate `[class][channel]` over the recordings of a class; null in gates without channels. A class without recordings has nulls. */
  readonly profile: readonly (readonly (number | null)[])[] | null;
  /** Standard deviation between the recordings of a class `[class][channel]`. */
  readonly spread: readonly (readonly (number | null)[])[] | null;
  /** Shares of gates within 0.05 of the lower and upper end of their range. */
  readonly saturated: { readonly low: number; readonly high: number };
  /** Standard deviation of a gate between recordings, root mean square over channels. */
  readonly betweenRecordings: number;
  /** The part of its variance that is between classes, from 0 to 1; null where recordings do not differ. */
  readonly betweenClassesShare: number | null;
}
