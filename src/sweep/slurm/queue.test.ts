import { expect, it } from 'vitest';
import { isActive, isWaiting, parseQueue, parseTaskEnd, readMaxArraySize, readQueue } from './queue.js';

const text = [
  '7|0|8|RUNNING|None|masq-waves-1a',
  '7|1|9|COMPLETED|None|masq-waves-1a',
  '7|2|10|FAILED|NonZeroExitCode|masq-waves-1a',
  '7|3|7|PENDING|Nodes required for job are DOWN, DRAINED or reserved|masq-waves-1a',
  '11|0|11|CANCELLED|None|a | name|',
  '12|N/A|12|RUNNING|None|bash',
  '',
].join('\n');

it('finds tasks by the name of their job and their index, and leaves other jobs out', () => {
  const queue = parseQueue(text);
  expect([...queue.keys()]).toEqual(['masq-waves-1a', 'a | name|']);
  expect(queue.get('masq-waves-1a')?.get(3)).toEqual({
    ...{ arrayJob: '7', index: 3, job: '7', state: 'PENDING' },
    reason: 'Nodes required for job are DOWN, DRAINED or reserved',
  });
  const tasks = [...(queue.get('masq-waves-1a')?.values() ?? [])];
  expect(tasks.map(isActive)).toEqual([true, false, false, true]);
  expect(tasks.map(isWaiting)).toEqual([false, false, false, true]);
});

it.each<[state: string, active: boolean]>([
  ...(['CONFIGURING', 'COMPLETING', 'SUSPENDED', 'STAGE_OUT', 'SIGNALING', 'REQUEUE_HOLD'] as const).map(
    (state): [string, boolean] => [state, true],
  ),
  ...(['TIMEOUT', 'PREEMPTED', 'NODE_FAIL', 'OUT_OF_MEMORY', 'BOOT_FAIL', 'DEADLINE'] as const).map(
    (state): [string, boolean] => [state, false],
  ),
])('takes a task that is %s for active: %s', (state, active) => {
  expect(isActive({ arrayJob: '1', index: 0, job: '1', state, reason: '' })).toBe(active);
});

it('says what SLURM says when it does not answer', async () => {
  const stderr = 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n';
  const asked = readQueue(() => Promise.resolve({ status: 1, stdout: '', stderr }));
  await expect(asked).rejects.toThrow('Unable to contact slurm controller (connect failure)');
});

it('reads how a task ended from what scontrol tells of its job', () => {
  const line = (rest: string): string => `JobId=5 ArrayJobId=1 ArrayTaskId=3 JobState=FAILED ${rest}`;
  expect(parseTaskEnd(line('ExitCode=7:0 ReqNodeList=(null) NodeList=n1 BatchHost=n1'))).toEqual({
    ...{ exitCode: 7, signal: 0, node: 'n1' },
  });
  expect(parseTaskEnd(line('ExitCode=0:9 NodeList=(null)'))).toEqual({ exitCode: 0, signal: 9, node: '' });
  expect(parseTaskEnd('No jobs in the system')).toBeNull();
});

it('reads the largest array from the configuration of the cluster', async () => {
  const stdout =
    'LogTimeFormat           = iso8601_ms\nMaxArraySize            = 4001\nMaxBatchRequeue         = 5\n';
  expect(await readMaxArraySize(() => Promise.resolve({ status: 0, stdout, stderr: '' }))).toBe(4001);
});
