// How long trials take that share a few workers.

/** Seconds until all have ended, where each worker that is free takes the next in order. */
export function secondsAtOnce(seconds: readonly number[], workers: number): number {
  const busyUntil = new Array<number>(workers).fill(0);
  for (const each of seconds) {
    const free = busyUntil.indexOf(Math.min(...busyUntil));
    busyUntil[free] += each;
  }
  return Math.max(...busyUntil);
}
