// How the models of a study are timed that differ in what a process has once.
import { expect, it } from 'vitest';
import type { StudyCell } from '../sweep/study/study.js';
import { engineSettings } from './studyPlan.js';

it('models are timed as all cells compute; where cells differ, a line says what is left out', () => {
  const cells = (...settings: object[]) => ({
    cells: settings.map((train) => ({ config: { train } }) as unknown as StudyCell),
  });
  const [plain, xla] = [{ deterministic: true, xla: false }, { deterministic: true, xla: true }]; // prettier-ignore
  expect(engineSettings(cells(xla, xla))).toEqual({ ofAll: { deterministic: true, xla: true }, notes: [] });
  expect(engineSettings(cells(plain, xla, plain))).toEqual({
    ofAll: { deterministic: true, xla: false },
    notes: ['Timed without train.xla, which 1 of 3 cells ask for.'],
  });
});
