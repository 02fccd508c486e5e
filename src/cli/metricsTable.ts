// Metrics of a set as a person reads them.
import type { SetMetrics } from '../train/index.js';
import { formatTable } from './output.js';

/** The most classes whose rows and confusion are shown. */
const mostClasses = 20;

/** Figures, classes and confusion, in tables that fit a terminal. */
export function formatTestResult(metrics: SetMetrics): string {
  if (metrics.windows === undefined) return formatMetrics(metrics, 'recordings', metrics.recordings);
  const { perRecording, windows } = metrics;
  const whole =
    perRecording === undefined || perRecording === null
      ? 'No metrics of whole recordings: the class changes within some.'
      : `Whole recordings (${perRecording.aggregate === 'mean' ? 'mean probability' : 'vote'} of their windows):\n` +
        formatMetrics(perRecording, 'recordings', perRecording.recordings);
  return `Windows:\n${formatMetrics(metrics, 'windows', windows)}\n\n${whole}`;
}

function formatMetrics(
  metrics: Omit<SetMetrics, 'perRecording'>,
  unit: 'recordings' | 'windows',
  count: number,
): string {
  const { classes, perClass } = metrics;
  const figures = formatTable([
    [unit, String(count)],
    ['accuracy', decimal(metrics.accuracy)],
    ['balanced accuracy', decimal(metrics.balancedAccuracy)],
    ['macro F1', decimal(metrics.macroF1)],
    ['AUROC', decimal(metrics.auroc)],
    ['log loss', decimal(metrics.logLoss)],
    ['calibration error', decimal(metrics.calibrationError)],
    ...Object.entries(metrics.metrics ?? {}).map(([name, value]) => [name, decimal(value)]),
  ]);
  if (classes.length > mostClasses)
    return `${figures}\n(${classes.length} classes: see the JSON output for each.)`;
  const rows = classes.map((name, i) => {
    const { precision, recall, f1, support } = perClass[i];
    return [name, decimal(precision), decimal(recall), decimal(f1), String(support), confusions(metrics, i)];
  });
  const head = ['class', 'precision', 'recall', 'F1', unit, 'taken for'];
  return `${figures}\n\n${formatTable(rows, { head, right: [1, 2, 3, 4] })}`;
}

/** The classes for which recordings of class `i` were taken, the most frequent first. */
function confusions({ classes, confusion }: Pick<SetMetrics, 'classes' | 'confusion'>, i: number): string {
  return confusion[i]
    .map((recordings, j) => ({ name: classes[j], recordings: i === j ? 0 : recordings }))
    .filter(({ recordings }) => recordings > 0)
    .sort((a, b) => b.recordings - a.recordings)
    .map(({ name, recordings }) => `${name} (${recordings})`)
    .join(', ');
}

function decimal(value: number | null): string {
  return value === null ? 'undefined' : value.toFixed(4);
}
