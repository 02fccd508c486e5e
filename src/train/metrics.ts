// Metrics of a classifier on a set of recordings, as `result.json` holds them. They follow scikit-learn, and are
// defined for classes without recordings too.

/** Metrics of one set. A figure that is not defined for the set (such as accuracy without recordings) is null. */
export interface TestMetrics {
  readonly recordings: number;
  /** Share of recordings whose most probable class is the true one; the first class wins a tie. */
  readonly accuracy: number | null;
  /** Mean recall over the classes that have recordings. */
  readonly balancedAccuracy: number | null;
  /** Mean F1 over the classes that have recordings or predictions. */
  readonly macroF1: number | null;
  /**
   * Area under the ROC curve: of the second class where there are two, else the mean over all classes, each against
   * the rest, that have recordings inside and outside. Null where no class has both.
   */
  readonly auroc: number | null;
  /** Mean −ln p(true class), with p clipped to [ε, 1 − ε], ε = 2⁻²³, as scikit-learn does for float32. */
  readonly logLoss: number | null;
  /** Expected calibration error of the top probability in 15 bins of equal width (Guo et al. 2017). */
  readonly calibrationError: number | null;
  readonly classes: readonly string[];
  /** In the order of `classes`. A ratio with nothing below the line is 0. */
  readonly perClass: readonly ClassMetrics[];
  /** Recordings by true class (rows) and predicted class (columns). */
  readonly confusion: readonly (readonly number[])[];
}

/** Metrics of one class. `support` is its number of recordings. */
export interface ClassMetrics {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly support: number;
}

/**
 * Computes all metrics.
 * @param probabilities `[recordings, classes]`, row by row
 * @param labels true class indices, `[recordings]`
 * @param classes class names in the order of their indices
 * @throws RangeError for a probability outside [0, 1] (NaN included) or a label that is no class index.
 */
export function classificationMetrics(
  probabilities: Float32Array,
  labels: Int32Array,
  classes: readonly string[],
): TestMetrics {
  check(probabilities, labels, classes);
  const recordings = labels.length;
  const predicted = topClasses(probabilities, recordings, classes.length);
  const confusion = confusionMatrix(predicted, labels, classes.length);
  const perClass = confusion.map((_, index) => classMetrics(confusion, index));
  const predictions = confusion.map((_, index) => sum(confusion.map((row) => row[index])));
  return {
    recordings,
    accuracy: recordings === 0 ? null : sum(confusion.map((row, index) => row[index])) / recordings,
    balancedAccuracy: mean(perClass.filter(({ support }) => support > 0).map(({ recall }) => recall)),
    macroF1: mean(
      perClass.filter(({ support }, index) => support > 0 || predictions[index] > 0).map(({ f1 }) => f1),
    ),
    auroc: macroAuroc(probabilities, labels, classes.length),
    logLoss: logLoss(probabilities, labels, classes.length),
    calibrationError: calibrationError(probabilities, labels, predicted, classes.length),
    classes: [...classes],
    perClass,
    confusion,
  };
}

/**
 * The area under the ROC curve from the rank sum of the positives (Mann and Whitney); equal scores share their mean
 * rank. Null without positives or without negatives.
 */
export function auroc(scores: ArrayLike<number>, positive: (index: number) => boolean): number | null {
  const order = Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[a] - scores[b]);
  let positives = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length;) {
    let end = start;
    let tied = 0;
    while (end < order.length && scores[order[end]] === scores[order[start]]) {
      if (positive(order[end])) tied++;
      end++;
    }
    positives += tied;
    rankSum += (tied * (start + end + 1)) / 2;
    start = end;
  }
  const negatives = scores.length - positives;
  if (positives === 0 || negatives === 0) return null;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

function check(probabilities: Float32Array, labels: Int32Array, classes: readonly string[]): void {
  if (probabilities.length !== labels.length * classes.length) {
    throw new RangeError(
      `Expected ${labels.length} × ${classes.length} probabilities, found ${probabilities.length}.`,
    );
  }
  const wrong = probabilities.findIndex((p) => !(p >= 0 && p <= 1));
  if (wrong >= 0) {
    throw new RangeError(
      `Recording ${Math.floor(wrong / classes.length)} has probability ${probabilities[wrong]} for class ` +
        `"${classes[wrong % classes.length]}"; expected a number from 0 to 1.`,
    );
  }
  const unknown = labels.findIndex((label) => label < 0 || label >= classes.length);
  if (unknown >= 0) {
    throw new RangeError(
      `Recording ${unknown} has label ${labels[unknown]}; expected the index of one of ${classes.length} classes.`,
    );
  }
}

function topClasses(probabilities: Float32Array, recordings: number, classes: number): Int32Array {
  return Int32Array.from({ length: recordings }, (_, row) => {
    let top = 0;
    for (let c = 1; c < classes; c++) {
      if (probabilities[row * classes + c] > probabilities[row * classes + top]) top = c;
    }
    return top;
  });
}

function confusionMatrix(predicted: Int32Array, labels: Int32Array, classes: number): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  labels.forEach((label, row) => matrix[label][predicted[row]]++);
  return matrix;
}

function classMetrics(confusion: readonly (readonly number[])[], index: number): ClassMetrics {
  const hits = confusion[index][index];
  const support = sum(confusion[index]);
  const predictions = sum(confusion.map((row) => row[index]));
  return {
    precision: ratio(hits, predictions),
    recall: ratio(hits, support),
    f1: ratio(2 * hits, support + predictions),
    support,
  };
}

function macroAuroc(probabilities: Float32Array, labels: Int32Array, classes: number): number | null {
  const ofClass = (c: number) =>
    auroc(
      Float32Array.from(labels, (_, row) => probabilities[row * classes + c]),
      (row) => labels[row] === c,
    );
  if (classes === 2) return ofClass(1);
  return mean(Array.from({ length: classes }, (_, c) => ofClass(c)).filter((area) => area !== null));
}

function logLoss(probabilities: Float32Array, labels: Int32Array, classes: number): number | null {
  const epsilon = 2 ** -23;
  return mean(
    Array.from(labels, (label, row) => {
      const p = probabilities[row * classes + label];
      return -Math.log(Math.min(Math.max(p, epsilon), 1 - epsilon));
    }),
  );
}

/** Σ over bins of (bin's share of recordings) · |accuracy in the bin − mean top probability in the bin|. */
function calibrationError(
  probabilities: Float32Array,
  labels: Int32Array,
  predicted: Int32Array,
  classes: number,
): number | null {
  if (labels.length === 0) return null;
  const bins = 15;
  // Hits minus confidence, summed: |Σ hits − Σ confidence| is the bin's gap times its number of recordings.
  const gaps = new Float64Array(bins);
  predicted.forEach((top, row) => {
    const confidence = probabilities[row * classes + top];
    // Bins are open below and closed above, as in the paper: ((i − 1)/15, i/15].
    const bin = Math.max(0, Math.ceil(confidence * bins) - 1);
    gaps[bin] += (top === labels[row] ? 1 : 0) - confidence;
  });
  return sum(Array.from(gaps, Math.abs)) / labels.length;
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : sum(values) / values.length;
}
