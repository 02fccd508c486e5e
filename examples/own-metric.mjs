// A metric of one's own: the recall of the class that is recognised worst. Configs name this module under `modules`.
import { registerMetric } from 'masq/train';

registerMetric('worst-class-recall', (probabilities, labels, classes) => {
  const hits = new Float64Array(classes.length);
  const support = new Float64Array(classes.length);
  for (const [recording, label] of labels.entries()) {
    const row = probabilities.subarray(recording * classes.length, (recording + 1) * classes.length);
    support[label]++;
    if (row.indexOf(Math.max(...row)) === label) hits[label]++;
  }
  const recalls = Array.from(hits, (hit, label) => hit / support[label]);
  return Math.min(...recalls.filter((recall) => !Number.isNaN(recall)));
});
