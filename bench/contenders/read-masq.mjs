// Reads a file with masq. Arguments: a name that is not used, and the file.
import { allValues, count, loadRecordings } from '../../dist/data/index.js';

const [, , , path] = process.argv;
const began = performance.now();
const recordings = await loadRecordings(path);
const milliseconds = performance.now() - began;
const values = allValues(recordings);
let sum = 0;
for (const value of values) sum += value;
console.log(
  JSON.stringify({
    milliseconds,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    recordings: count(recordings),
    steps: values.length / recordings.channels,
    sum,
  }),
);
