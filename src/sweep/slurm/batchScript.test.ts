import { describe, expect, it } from 'vitest';
import type { SlurmRequest } from '../study/study.js';
import { planArrays } from './arrays.js';
import { batchScript } from './batchScript.js';

const nothing: SlurmRequest = {
  ...{ partition: null, time: null, memory: null, cpus: 1, gpus: 0, concurrent: null, options: [] },
};

const scriptFor = (request: Partial<SlurmRequest>, folder = '/studies/s/slurm/array-1'): string =>
  batchScript({
    ...{
      study: 's',
      name: 'masq-s-1a',
      folder,
      tasks: 4,
      request: { ...nothing, ...request },
      after: ['7', '9'],
    },
    ...{ program: ['/usr/bin/node', '/masq/task.js'], cache: '/home/a/.cache/masq' },
  });

describe('the batch script', () => {
  it('asks for what the study asks for, and what it says itself comes after the options of the study', () => {
    const request = { partition: 'gpu', time: '02:00:00', memory: '4G', cpus: 2, gpus: 1, concurrent: 3 };
    expect(scriptFor({ ...request, options: ['--account=a1', '--signal=B:USR2@300'] })).toBe(`#!/bin/bash
# Trains trials of the study s, those of tasks.json beside this file, each in a task of a job array.
#SBATCH --partition=gpu
#SBATCH --time=02:00:00
#SBATCH --mem=4G
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=2
#SBATCH --gres=gpu:1
#SBATCH --requeue
#SBATCH --signal=B:USR2@60
#SBATCH --account=a1
#SBATCH --signal=B:USR2@300
#SBATCH --job-name="masq-s-1a"
#SBATCH --array=0-3%3
#SBATCH --dependency=afterany:7:9
#SBATCH --output="/studies/s/slurm/array-1/%a.log"
#SBATCH --open-mode=append

export MASQ_CACHE='/home/a/.cache/masq'
# In place of the shell, so that signals reach it.
exec '/usr/bin/node' '/masq/task.js' '/studies/s/slurm/array-1' "$SLURM_ARRAY_TASK_ID"
`);
  });

  it('keeps paths with spaces, quotes and percent signs as they are', () => {
    const script = scriptFor({}, `/a b/50%a/"x"/it's`);
    expect(script).toContain(String.raw`--output="/a b/50%%a/\"x\"/it's/%a.log"`);
    expect(script).toContain(`'/a b/50%a/"x"/it'\\''s' "$SLURM_ARRAY_TASK_ID"`);
  });

  it.each(['--array=0-3', '-a 0-3', '-a0-3', '--output=x', '-J name', '--wrap=x'])(
    'refuses the option %s',
    (option) => {
      expect(() => scriptFor({ options: [option] })).toThrow(
        /^slurm\.options holds .*, and masq sets --[\w-]+ itself/,
      );
    },
  );
});

it('cuts trials into arrays of nearly one size', () => {
  expect(planArrays([1, 2, 3, 4, 5, 6, 7], 3)).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
  expect(planArrays([1, 2, 3, 4], 3)).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(planArrays([], 3)).toEqual([]);
});
