import { describe, expect, test } from 'vitest';
import { learningRateAt, type Schedule } from './schedules.js';

/** The rates of all steps with base rate 1. */
function rates(schedule: Schedule, totalSteps: number): number[] {
  return Array.from({ length: totalSteps }, (_, step) =>
    learningRateAt(schedule, { step, totalSteps, base: 1 }),
  );
}

function expectClose(found: number[], expected: number[]): void {
  expect(found).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    expect(found[i], `step ${i}`).toBeCloseTo(value, 9);
  });
}

const oneCycle = { name: 'one-cycle', pctStart: 0.3, divFactor: 25, finalDivFactor: 1e4 } as const;

describe('learningRateAt', () => {
  test('stays at the base rate when constant', () => {
    expect(rates({ name: 'constant', warmup: 0 }, 3)).toEqual([1, 1, 1]);
  });

  test('climbs linearly through the warm-up and reaches the base rate at the step after it', () => {
    expectClose(rates({ name: 'constant', warmup: 0.5 }, 6), [0.25, 0.5, 0.75, 1, 1, 1]);
  });

  test('falls along half a cosine from the base rate to the final one', () => {
    expectClose(rates({ name: 'cosine', warmup: 0, final: 0 }, 5), [
      1,
      (1 + Math.SQRT1_2) / 2,
      0.5,
      (1 - Math.SQRT1_2) / 2,
      0,
    ]);
    expectClose(rates({ name: 'cosine', warmup: 0.4, final: 0.2 }, 5), [1 / 3, 2 / 3, 1, 0.6, 0.2]);
  });

  test("has the rates of PyTorch's OneCycleLR", () => {
    // torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1, total_steps=10)
    expectClose(
      rates(oneCycle, 10),
      [0.04, 0.52, 1, 0.950484632, 0.811745654, 0.611262022, 0.388741978, 0.188258346, 0.049519368, 0.000004],
    );
  });

  test.each<Schedule>([oneCycle, { name: 'cosine', warmup: 0, final: 0 }, { name: 'constant', warmup: 1 }])(
    'gives a rate above 0 and at most the base rate at the first step, however few steps there are: $name',
    (schedule) => {
      for (const totalSteps of [1, 2, 3, 4, 100]) {
        const [first] = rates(schedule, totalSteps);
        expect(first).toBeGreaterThan(0);
        expect(first).toBeLessThanOrEqual(1);
      }
    },
  );
});
