// What training takes of the machine, as MLflow shows it among its system metrics.

/** Milliseconds between two readings at least. */
const interval = 10_000;

/**
 * Reads memory and processor time of this process, once in ten seconds at most; an empty object in between. The share of the
 * processor is that since the last reading, 100 for one core.
 */
export function systemMetrics(): () => Record<string, number> {
  let since = performance.now();
  let used = process.cpuUsage();
  let isFirst = true;
  return (): Record<string, number> => {
    const now = performance.now();
    if (!isFirst && now - since < interval) return {};
    const { user, system } = process.cpuUsage(used);
    const percentage = (user + system) / 10 / Math.max(1, now - since);
    [since, used, isFirst] = [now, process.cpuUsage(), false];
    return {
      'system/process_memory_megabytes': process.memoryUsage.rss() / 1e6,
      'system/process_cpu_percentage': percentage,
    };
  };
}
