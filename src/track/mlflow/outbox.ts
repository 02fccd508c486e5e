// The outbox of a run: everything that MLflow is to be told, on the disk before anything is sent. One line of JSON each, of
// which those that end are whole.
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { codeOf } from '../../shared/errors.js';
import { growingFile } from '../growingFile.js';

const texts = z.record(z.string(), z.string());

const lineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('params'), values: texts }),
  z.object({ type: z.literal('tags'), values: texts }),
  z.object({
    type: z.literal('metrics'),
    /** Those of an epoch, or of the test data once it is over. */
    of: z.enum(['epoch', 'test']),
    /** Milliseconds since 1970. */
    time: z.int(),
    /** Epochs done. */
    step: z.int(),
    values: z.record(z.string(), z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])])),
  }),
  z.object({
    type: z.literal('status'),
    status: z.enum(['RUNNING', 'FINISHED', 'FAILED', 'KILLED']),
    time: z.int(),
  }),
]);

export type OutboxLine = z.output<typeof lineSchema>;

/** A line, and where it ends in the file. */
export interface PlacedLine {
  readonly line: OutboxLine;
  readonly end: number;
}

export interface Outbox {
  /** Adds lines, on the disk before it returns; those that could not be written are tried again with the next ones. */
  readonly append: (lines: readonly OutboxLine[]) => Promise<void>;
}

/**
 * The whole lines of an outbox from a position on. One that a damaged disk has changed is left out.
 *
 * @returns with `end`, where the last whole line ends
 */
export async function readOutbox(path: string, from = 0): Promise<{ lines: PlacedLine[]; end: number }> {
  const bytes = await readFrom(path, from);
  const lines: PlacedLine[] = [];
  let start = 0;
  for (let newline = bytes.indexOf(10); newline >= 0; newline = bytes.indexOf(10, start)) {
    const line = parseLine(bytes.toString('utf8', start, newline));
    start = newline + 1;
    if (line !== null) lines.push({ line, end: from + start });
  }
  return { lines, end: from + start };
}

/** An outbox to add to, after the last of its whole lines. */
export function openOutbox(path: string, end: number, onFailure: (reason: string) => void): Outbox {
  const file = growingFile(path, end, onFailure);
  return {
    append: (lines) => file.append(Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))),
  };
}

/** Adds lines once. @throws Error when they cannot be written */
export async function addToOutbox(path: string, lines: readonly OutboxLine[]): Promise<void> {
  const { end } = await readOutbox(path);
  const outbox = openOutbox(path, end, (reason) => {
    throw new Error(reason);
  });
  await outbox.append(lines);
}

function parseLine(text: string): OutboxLine | null {
  try {
    return lineSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

async function readFrom(path: string, from: number): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const bytes = Buffer.alloc(Math.max(0, (await file.stat()).size - from));
      let done = 0;
      for (let read = -1; read !== 0 && done < bytes.length; done += read) {
        read = (await file.read(bytes, done, bytes.length - done, from + done)).bytesRead;
      }
      return bytes.subarray(0, done);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
