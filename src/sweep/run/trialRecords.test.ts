// What trials have left, where its files are damaged.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readMetrics } from './trialMetrics.js';
import { readTrialRecord } from './trialRecords.js';

it('names the file, and the line, that a power cut has damaged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'masq-records-'));
  try {
    const trial = { directory: join(folder, '1') };
    mkdirSync(trial.directory);
    writeFileSync(join(folder, '1.json'), '');
    await expect(readTrialRecord(trial)).rejects.toThrow(`${trial.directory}.json: this file cannot be read`);
    writeFileSync(join(folder, '1.json'), '{"status":"lost"}');
    await expect(readTrialRecord(trial)).rejects.toThrow(
      `${trial.directory}.json: this file is damaged: status`,
    );
    const metrics = join(trial.directory, 'metrics.jsonl');
    writeFileSync(metrics, '{"epoch":1}\n\0\0\0\n{"epoch":');
    await expect(readMetrics(trial)).rejects.toThrow(`${metrics}:2: this line is damaged`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
