import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writeJson } from '../../track/index.js';
import { checkNoJobsLeft } from './jobsLeft.js';

const study = mkdtempSync(join(tmpdir(), 'masq-jobs-'));
afterAll(() => {
  rmSync(study, { recursive: true });
});
const queue = (stdout: string) => () => Promise.resolve({ status: 0, stdout, stderr: '' });

it('refuses a study whose jobs still wait or run, or may', async () => {
  await checkNoJobsLeft(study, () => Promise.reject(new Error('nothing was submitted')));
  const list = { name: 'masq-s-1a', device: 'cpu', threads: 1, tasks: [] };
  await writeJson(join(study, 'slurm', 'array-1', 'tasks.json'), list);
  await checkNoJobsLeft(study, queue('7|0|7|COMPLETED|None|masq-s-1a\n8|0|8|RUNNING|None|masq-s-2b\n'));
  await expect(checkNoJobsLeft(study, queue('7|0|7|PENDING|Priority|masq-s-1a\n'))).rejects.toThrow(
    `${study}: 1 job of this study waits or runs on SLURM. Go on with --launcher slurm`,
  );
  await expect(checkNoJobsLeft(study, () => Promise.reject(new Error('no squeue')))).rejects.toThrow(
    `SLURM cannot be asked here whether they still run.`,
  );
});
