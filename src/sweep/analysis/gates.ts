// The gates of a cell, pooled over its trials.
import type { GateOfLayer, GateSummary } from '../../train/gateSummary.js';
import { mean } from '../statistics/moments.js';
import type { FinishedTrial } from './results.js';
import type { GateLayer } from './studyReport.js';

/** Gates that vary less between recordings are a constant scale. */
const constantBelow = 0.01;

/** Of each attention layer that the trials have. Profile and spread are those of the first trial with gates. */
export function gatesOf(finished: readonly FinishedTrial[]): GateLayer[] {
  const trials = finished.flatMap(({ seed, run }) =>
    run.gates === null ? [] : [{ seed, summary: run.gates }],
  );
  if (trials.length === 0) return [];
  const [{ seed, summary: shown }] = trials;
  return Object.entries(shown.gates).map(([layer, gate]) => {
    const all = trials.flatMap(({ summary }) => (layer in summary.gates ? [summary.gates[layer]] : []));
    const shares = all.flatMap(({ betweenClassesShare: share }) => (share === null ? [] : [share]));
    const betweenRecordings = mean(all.map((one) => one.betweenRecordings));
    return {
      layer,
      ...profileOf(gate, shown),
      seed,
      saturated: {
        low: mean(all.map(({ saturated }) => saturated.low)),
        high: mean(all.map(({ saturated }) => saturated.high)),
      },
      betweenRecordings,
      betweenClassesShare: shares.length === 0 ? null : mean(shares),
      constant: betweenRecordings < constantBelow,
    };
  });
}

/** Without the classes that no test recording has, of whose gates nothing is known. */
function profileOf(
  { profile, spread }: GateOfLayer,
  { classes }: GateSummary,
): Pick<GateLayer, 'classes' | 'profile' | 'spread'> {
  const known = classes.flatMap((_, i) =>
    profile?.[i]?.every((value) => value !== null) === false ? [] : [i],
  );
  const rows = (matrix: GateOfLayer['profile']) =>
    matrix === null ? null : known.map((i) => (matrix[i] ?? []).filter((value) => value !== null));
  return { classes: known.map((i) => classes[i]), profile: rows(profile), spread: rows(spread) };
}
