// The lines of an outbox as requests: batches within the limits of the server, and how the run ended.
import type { Batch, RunStatus } from './client.js';
import type { OutboxLine, PlacedLine } from './outbox.js';

/** What one request may hold (mlflow/utils/validation.py). */
export const limits = { metrics: 1000, params: 100, tags: 100, all: 1000 } as const;

/** One thing to send. Once the server has it, everything before `position` in the outbox is sent. */
export type Step =
  | { readonly batch: Batch; readonly position: number }
  | { readonly status: RunStatus; readonly time: number; readonly position: number };

/**
 * What to send, in order.
 *
 * @param from where the lines begin in the outbox. A batch that ends within a line leaves the position before it, so that the
 * line is sent again as a whole should its rest get lost.
 */
export function stepsOf(lines: readonly PlacedLine[], from: number): Step[] {
  const steps: Step[] = [];
  let position = from;
  let batch = emptyBatch();
  const flush = (): void => {
    if (sizeOf(batch) > 0) steps.push({ batch, position });
    batch = emptyBatch();
  };
  // Of several ends, as an interrupted run has, only the last one says how things are.
  const lastStatus = lines.findLast(({ line }) => line.type === 'status');
  for (const placed of lines) {
    const { line, end } = placed;
    if (line.type === 'status') {
      if (placed === lastStatus) {
        flush();
        steps.push({ status: line.status, time: line.time, position: end });
      }
    } else {
      for (const entry of entriesOf(line)) {
        if (!fits(batch, entry)) flush();
        add(batch, entry);
      }
    }
    position = end;
  }
  flush();
  return steps;
}

/** A batch in two halves, for a server that refuses it; null for one entry. */
export function halves({ metrics, params, tags }: Batch): [Batch, Batch] | null {
  const entries: Entry[] = [
    ...tags.map((tag) => ({ tags: tag })),
    ...params.map((param) => ({ params: param })),
    ...metrics.map((metric) => ({ metrics: metric })),
  ];
  if (entries.length < 2) return null;
  const middle = Math.ceil(entries.length / 2);
  return [batchOf(entries.slice(0, middle)), batchOf(entries.slice(middle))];
}

type MutableBatch = { [Kind in keyof Batch]: Batch[Kind][number][] };
type Entry = { [Kind in keyof Batch]: Readonly<Record<Kind, Batch[Kind][number]>> }[keyof Batch];

function emptyBatch(): MutableBatch {
  return { metrics: [], params: [], tags: [] };
}

function sizeOf({ metrics, params, tags }: Batch): number {
  return metrics.length + params.length + tags.length;
}

function entriesOf(line: Exclude<OutboxLine, { type: 'status' }>): Entry[] {
  switch (line.type) {
    case 'metrics':
      return Object.entries(line.values).map(([key, value]) => ({
        metrics: { key, value, timestamp: line.time, step: line.step },
      }));
    case 'params':
      return Object.entries(line.values).map(([key, value]) => ({ params: { key, value } }));
    case 'tags':
      return Object.entries(line.values).map(([key, value]) => ({ tags: { key, value } }));
  }
}

function fits(batch: Batch, entry: Entry): boolean {
  const kind = 'metrics' in entry ? 'metrics' : 'params' in entry ? 'params' : 'tags';
  return batch[kind].length < limits[kind] && sizeOf(batch) < limits.all;
}

function add(batch: MutableBatch, entry: Entry): void {
  if ('metrics' in entry) batch.metrics.push(entry.metrics);
  else if ('params' in entry) batch.params.push(entry.params);
  else batch.tags.push(entry.tags);
}

function batchOf(entries: readonly Entry[]): Batch {
  const batch = emptyBatch();
  for (const entry of entries) add(batch, entry);
  return batch;
}
