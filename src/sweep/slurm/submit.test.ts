import { expect, it } from 'vitest';
import type { CommandResult } from './command.js';
import { RefusedError, submit } from './submit.js';

const array = { folder: '/s/slurm/array-1', name: 'masq-s-1a', directories: ['/s/trials/a/1'] };
const answer = (stdout: string): CommandResult => ({ status: 0, stdout, stderr: '' });
const complaint = (stderr: string): CommandResult => ({ status: 1, stdout: '', stderr });
const noWait = (): Promise<void> => Promise.resolve();

function slurmThatAnswers(answers: CommandResult[]): {
  run: (command: string) => Promise<CommandResult>;
  asked: string[];
} {
  const asked: string[] = [];
  return {
    asked,
    run: (command) => {
      asked.push(command);
      return Promise.resolve(answers.shift() ?? complaint('asked too often'));
    },
  };
}

it('reads the number of the job, with or without a cluster', async () => {
  expect(await submit(array, slurmThatAnswers([answer('12\n')]).run, noWait)).toBe('12');
  expect(await submit(array, slurmThatAnswers([answer('13;west\n')]).run, noWait)).toBe('13');
});

it('finds a job by its name where SLURM took it and the answer was lost, and submits it again where it did not', async () => {
  const lost = complaint(
    'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation\n',
  );
  const took = slurmThatAnswers([lost, answer('14|0|14|PENDING|None|masq-s-1a\n')]);
  expect(await submit(array, took.run, noWait)).toBe('14');
  expect(took.asked).toEqual(['sbatch', 'squeue']);
  const tookNot = slurmThatAnswers([lost, answer('9|0|9|PENDING|None|another\n'), answer('15\n')]);
  expect(await submit(array, tookNot.run, noWait)).toBe('15');
  expect(tookNot.asked).toEqual(['sbatch', 'squeue', 'sbatch']);
});

it.each([
  ['sbatch: error: Batch job submission failed: Invalid partition name specified\n', false],
  [
    'sbatch: error: QOSMaxSubmitJobPerUserLimit\nsbatch: error: Batch job submission failed: Job violates policy\n',
    true,
  ],
])('says why SLURM refuses a job, and whether it has too many: %s', async (stderr, isLimit) => {
  const error: unknown = await submit(array, slurmThatAnswers([complaint(stderr)]).run, noWait).catch(
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(RefusedError);
  expect(error).toMatchObject({
    isLimit,
    message: stderr.replaceAll('sbatch: error: ', '').trim().replace('\n', '; '),
  });
});
