// The files of a run or a study that MLflow keeps beside its metrics.
import { stringify } from 'csv-stringify/sync';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { codeOf } from '../../shared/errors.js';
import type { Identity } from './folder.js';

export interface Artifact {
  /** Its name on the server. */
  readonly path: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

const names: Readonly<Record<Identity['kind'], readonly string[]>> = {
  run: [
    ...['config.yaml', 'environment.json', 'metrics.jsonl', 'predictions-test.csv', 'gates.json'],
    'result.json',
  ],
  study: ['study.yaml', 'report.html', 'report.json', 'report.csv'],
};

/** Those files that are there, and for a run with test data its confusion matrix as JSON and CSV. */
export async function artifactsOf(directory: string, kind: Identity['kind']): Promise<Artifact[]> {
  const artifacts: Artifact[] = [];
  for (const name of names[kind]) {
    const content = await readIfThere(join(directory, name));
    if (content === null) continue;
    artifacts.push({ path: name, content });
    if (name === 'result.json') artifacts.push(...confusionMatrix(content.toString('utf8')));
  }
  return artifacts;
}

const resultSchema = z.object({
  test: z.object({ classes: z.array(z.string()), confusion: z.array(z.array(z.number())) }),
});

/** Recordings by true class (rows) and predicted class (columns). */
function confusionMatrix(result: string): Artifact[] {
  const parsed = resultSchema.safeParse(JSON.parse(result));
  if (!parsed.success) return [];
  const { classes, confusion } = parsed.data.test;
  const rows = confusion.map((row, i) => [classes[i], ...row]);
  const file = (path: string, text: string): Artifact => ({ path, content: Buffer.from(text) });
  return [
    file('confusion-matrix.json', `${JSON.stringify({ classes, confusion })}\n`),
    file('confusion-matrix.csv', stringify([['true \\ predicted', ...classes], ...rows])),
  ];
}

async function readIfThere(path: string): Promise<Buffer<ArrayBuffer> | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}
