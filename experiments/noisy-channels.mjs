// Do gates shrink noisy channels? As the shrinkage view of squeeze and excitation has it, a channel with noise of variance σ²
// beside a signal of variance 1 is best scaled by 1 / (1 + γσ²). Run after `npm start`:
//
//   node experiments/noisy-channels.mjs                 # all of it: data, study, fits
//   node experiments/noisy-channels.mjs data            # makes data/generated/noisy-channels, which the study file names
//   node experiments/noisy-channels.mjs gates           # fits to what is finished of studies/noisy-channels
//
// Options of `masq sweep` may follow, e.g. --workers 2. The study can also be run by itself, `masq sweep
// experiments/noisy-channels.yaml`. Beside its report, studies/noisy-channels/shrinkage.json holds what is printed.
import { makeData } from './noisy-channels/data.mjs';
import { analyzeGates, formatFits } from './noisy-channels/gates.mjs';
import { fail, sweepInto } from './shared.mjs';

const usage = 'Usage: node experiments/noisy-channels.mjs [data | gates | OPTIONS of masq sweep]';
const study = 'studies/noisy-channels';

const [part, ...more] = process.argv.slice(2);
if (part === 'data' || part === 'gates') {
  if (more.length > 0) fail(`${more[0]} is one argument too many.`, usage);
  await (part === 'data' ? makeData() : printFits());
} else {
  if (part !== undefined && !part.startsWith('--')) fail(`There is no part ${part}.`, usage);
  await makeData();
  sweepInto(study, 'experiments/noisy-channels.yaml', process.argv.slice(2));
  await printFits();
}

async function printFits() {
  const fits = await analyzeGates(study);
  if (fits.length === 0) fail(`No seed of ${study} is finished in all data sets.`, usage);
  console.log(formatFits(fits));
}
