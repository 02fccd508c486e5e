// Progress on standard error with the time that is left: one line that is rewritten on a terminal, and elsewhere a
// plain line now and then.

/** Seconds between plain lines about the same stage. */
const plainInterval = 30;

/**
 * Follows stages that take time in proportion to their weights.
 *
 * @param stages `[{name, weight}]`, in order
 * @returns `begin()` for the next stage, `report(share, what)` within it, `clear()`
 */
export function followProgress(stages, { stream = process.stderr, now = () => performance.now() } = {}) {
  const total = stages.reduce((sum, { weight }) => sum + weight, 0);
  const started = now();
  let current = -1;
  let before = 0;
  let lastLine = -Infinity;
  const report = (share, what) => {
    if (!stream.isTTY && now() - lastLine < 1000 * plainInterval) return;
    lastLine = now();
    const { name, weight } = stages[current];
    const done = (before + share * weight) / total;
    const place = `[${current + 1}/${stages.length}] ${name}: ${what}`;
    const line = done > 0 ? `${place}; ${timeLeft(((now() - started) * (1 - done)) / done)}` : place;
    const width = Math.max(20, (stream.columns ?? 100) - 1);
    stream.write(stream.isTTY ? `\r\x1b[K${line.slice(0, width)}` : `${line}\n`);
  };
  return {
    begin: () => {
      before += stages[current]?.weight ?? 0;
      current += 1;
      lastLine = -Infinity;
    },
    report,
    /** Leaves the line free for other output. */
    clear: () => stream.isTTY && stream.write('\r\x1b[K'),
  };
}

function timeLeft(milliseconds) {
  const minutes = milliseconds / 60_000;
  return minutes < 1 ? 'less than a minute left' : `about ${Math.round(minutes)} min left`;
}
