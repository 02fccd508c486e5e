// Numbers in the sentences that say what a study shows.

/** `1 seed`, `10 seeds`. */
export function seedCount(seeds: number): string {
  return `${seeds} ${seeds === 1 ? 'seed' : 'seeds'}`;
}

/** `5 %` of 0.05, with up to three significant digits. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}

/** Two significant digits. */
export function short(value: number): string {
  return `${Number(value.toPrecision(2))}`.replaceAll('-', '−');
}
