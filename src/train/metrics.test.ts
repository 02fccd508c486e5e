import { expect, describe, test } from 'vitest';
import { testWithPython } from '../../test/support/python.js';
import { auroc, classificationMetrics } from './metrics.js';
import { uniforms } from '../../test/support/random.js';

/** Seeded random probabilities in which some rows are tied and some classes may be missing. */
function randomCase(
  seed: number,
  { recordings, classes, present }: { recordings: number; classes: number; present: number },
) {
  const next = uniforms(seed);
  const scores = Array.from({ length: recordings }, () =>
    Array.from({ length: classes }, () => 1 + Math.floor(next() * 4)),
  );
  const probabilities = Float32Array.from(
    scores.flatMap((row) => row.map((score) => score / row.reduce((total, value) => total + value, 0))),
  );
  const labels = Int32Array.from({ length: recordings }, () => Math.floor(next() * present));
  return { probabilities, labels, classes: Array.from({ length: classes }, (_, c) => `class ${c}`) };
}

const reference = `
import warnings
import numpy as np
from sklearn.metrics import (accuracy_score, balanced_accuracy_score, confusion_matrix, f1_score, log_loss,
                             precision_recall_fscore_support, roc_auc_score)
warnings.filterwarnings('ignore')

def metrics(case):
    k = case['classes']
    y = np.array(case['labels'])
    p = np.array(case['probabilities'], dtype=np.float32).reshape(len(y), k)
    predicted = p.argmax(1)
    precision, recall, f1, support = precision_recall_fscore_support(y, predicted, labels=range(k), zero_division=0)
    areas = [roc_auc_score(y == c, p[:, c]) for c in range(k) if 0 < (y == c).sum() < len(y)]
    if k == 2 and areas:
        areas = areas[1:]
    confidence = p.max(1).astype(float)
    ece = 0
    for low, high in zip(np.arange(15) / 15, np.arange(1, 16) / 15):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            ece += inside.mean() * abs((predicted == y)[inside].mean() - confidence[inside].mean())
    return dict(
        accuracy=accuracy_score(y, predicted), balancedAccuracy=balanced_accuracy_score(y, predicted),
        macroF1=f1_score(y, predicted, average='macro', zero_division=0),
        auroc=float(np.mean(areas)) if areas else None,
        logLoss=log_loss(y, p, labels=list(range(k))), calibrationError=float(ece),
        precision=precision.tolist(), recall=recall.tolist(), f1=f1.tolist(), support=support.tolist(),
        confusion=confusion_matrix(y, predicted, labels=range(k)).tolist())

def main(cases):
    return [metrics(case) for case in cases]
`;

describe('classificationMetrics', () => {
  testWithPython(
    'agrees with scikit-learn, also for ties, absent classes and a single class',
    async ({ python }) => {
      const cases = [
        randomCase(1, { recordings: 60, classes: 2, present: 2 }),
        randomCase(2, { recordings: 61, classes: 5, present: 5 }),
        randomCase(3, { recordings: 40, classes: 6, present: 3 }),
        randomCase(4, { recordings: 7, classes: 3, present: 1 }),
        randomCase(5, { recordings: 1, classes: 4, present: 4 }),
        randomCase(6, { recordings: 300, classes: 9, present: 9 }),
      ];
      cases.push({
        probabilities: Float32Array.of(1, 0, 0, 1, 1, 0),
        labels: Int32Array.of(0, 0, 1),
        classes: ['a', 'b'],
      });
      const expected = await python(
        reference,
        cases.map(({ probabilities, labels, classes }) => ({
          probabilities: Array.from(probabilities),
          labels: Array.from(labels),
          classes: classes.length,
        })),
      );
      const found = cases.map(({ probabilities, labels, classes }) => {
        const { perClass, confusion, ...metrics } = classificationMetrics(probabilities, labels, classes);
        return {
          accuracy: metrics.accuracy,
          balancedAccuracy: metrics.balancedAccuracy,
          macroF1: metrics.macroF1,
          auroc: metrics.auroc,
          logLoss: metrics.logLoss,
          calibrationError: metrics.calibrationError,
          precision: perClass.map(({ precision }) => precision),
          recall: perClass.map(({ recall }) => recall),
          f1: perClass.map(({ f1 }) => f1),
          support: perClass.map(({ support }) => support),
          confusion,
        };
      });
      expect(rounded(found)).toEqual(rounded(expected));
    },
  );

  test('gives counts of 0 and null figures for an empty set', () => {
    expect(classificationMetrics(new Float32Array(0), new Int32Array(0), ['a', 'b'])).toEqual({
      recordings: 0,
      accuracy: null,
      balancedAccuracy: null,
      macroF1: null,
      auroc: null,
      logLoss: null,
      calibrationError: null,
      classes: ['a', 'b'],
      perClass: [
        { precision: 0, recall: 0, f1: 0, support: 0 },
        { precision: 0, recall: 0, f1: 0, support: 0 },
      ],
      confusion: [
        [0, 0],
        [0, 0],
      ],
    });
  });

  test('takes the area of the second class where there are two, also where only its probabilities are tied', () => {
    const probabilities = Float32Array.of(1e-9, 1, 1e-8, 1, 0.5, 0.5);
    expect(classificationMetrics(probabilities, Int32Array.of(1, 0, 0), ['a', 'b']).auroc).toBe(0.75);
  });

  test('refuses probabilities that are not numbers and labels that are no class', () => {
    const classes = ['a', 'b'];
    expect(() => classificationMetrics(Float32Array.of(0.5, NaN), Int32Array.of(0), classes)).toThrow(
      'Recording 0 has probability NaN for class "b"',
    );
    expect(() => classificationMetrics(Float32Array.of(0.5, 0.5), Int32Array.of(-1), classes)).toThrow(
      'Recording 0 has label -1',
    );
  });
});

test('auroc counts a tie between a positive and a negative as half', () => {
  // Pairs (positive, negative): 3>1, 3>2, 2>1, 2=2.
  expect(auroc([3, 2, 1, 2], (index) => index < 2)).toBe(3.5 / 4);
});

/** Numbers to 5 significant digits: scikit-learn computes some figures in float32. */
function rounded(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, item: unknown) =>
      typeof item === 'number' ? Number(item.toPrecision(5)) : item,
    ),
  );
}
