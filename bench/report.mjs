// Writes a results file as Markdown on standard output: node bench/report.mjs bench/results/FILE.json > docs/benchmarks.md
import { readFileSync } from 'node:fs';
import { figure, markdownTable } from './format.mjs';
import { allTables } from './tables.mjs';

const explanation = `All train the same network (squeeze and excitation with ratio 16, equal numbers of parameters) on the same batches with
AdamW, stock TensorFlow.js with its Adam. The peers ignore lengths, as their users do; masq always masks, \`masq-masked\` on
recordings that are between half and fully as long as the batch. In the epoch, \`longest\` pads every batch to the longest of all
recordings, and \`buckets\` gives the batches that masq trains on (all of them are timed, and of the equal batches padded to the longest four, taken for
all). Of several ways to step (in brackets) the quickest is shown, and
under a table the medians of all; one with a \`*\` was not continued after two rounds, in which it took over 1.1 times as long as
the same contender's quickest. \`masq/it\` is the median of masq in the same precision (\`masq\` or \`masq-bf16\`) over the
contender's: below 1, masq is ahead. \`start\` is the time to the first step in that way, imports and compilation included, of a
program that was read into memory before; \`peak\` is the largest resident memory of the process, whichever ways it steps.`;

const differences = `## What is not equal

- Masq is given each batch in the memory of JavaScript and copies it into TensorFlow in every step, as \`masq train\` does. The peers'
  batches are tensors already (Keras's \`fit\` takes them from a \`tf.data\` pipeline in memory, prefetched).
- Weight decay is 0.01 everywhere, but masq decays kernels only (rank 2 and above), PyTorch and Keras every parameter; stock has none.
- Layouts: masq, stock and Keras compute \`[batch, time, channels]\`, PyTorch \`[batch, channels, time]\`, its own. Channels last in
  PyTorch (\`Conv2d\` with kernels of 1×k) was tried: slower in bfloat16, and in float32 5 % quicker at best, on one thread.
- Kernels of even length: PyTorch's \`padding='same'\` then copies the input to pad it on one side. Keras and masq do not.
- Inception: the kernel lengths are odd, 39, 19 and 9, with which every framework pads evenly, where the paper has 40, 20 and 10.
- PyTorch: \`torch.compile\` as it comes, so that shapes are dynamic once a second one is met; compiling every shape of an epoch for itself
  takes minutes a network. AdamW is the fused one, gradients are set to none, and numbers too small for fast arithmetic are flushed to 0, as
  TensorFlow does.
- Keras: \`fit\` without XLA, \`fit-auto\` as \`compile\` chooses by default (XLA where all layers allow it), \`fit-8\` with
  \`steps_per_execution=8\`, and \`batch\`, which is \`train_on_batch\`. The clock of a \`fit\` starts after its first call of
  TensorFlow, so that the making of the data's iterator is not timed.
- Stock TensorFlow.js has its own layers and gradients, but runs on the TensorFlow of masq's engine (2.21) instead of its own (2.9). In
  the epoch in buckets it only has \`trainOnBatch\`, since \`fit\` takes batches of one length.
- Prediction: masq predicts in float32 whatever it was trained in.`;

const devices = `## Devices

\`npm run bench\` measures every device that is present, one after the other and each with a results file of its own that names it
(\`…-gpu0.json\`); \`--device cpu\`, \`--device gpu:0\` or \`--device cpu,gpu:1\` chooses. Where no card can be used it says
\`gpu: skipped, \` and the reason. On a card masq, stock and PyTorch (\`cuda\`, TF32, cuDNN's choice by time) compute there; Keras does where
\`MASQ_BENCH_PYTHON\` names a Python with \`tensorflow[and-cuda]\` and \`--contenders\` asks for it. Studies and reading are measured on the
processor only. On a card the workloads are 64×128×6, 256×512×6 and 32×2048×12 and the contenders masq and PyTorch, each in float32 with TF32 and in bfloat16, masq
with XLA too (\`masq-xla\`, \`masq-bf16-xla\`), unless others are named. There masq's recordings are on the card and one call makes several steps, as in \`masq train\`, while
PyTorch's batches are tensors on the card; \`card busy\` is the mean of what nvidia-smi tells while a contender trains for 3 s. The targets there are
0.8 of \`torch-compile\`, in bfloat16 of \`torch-bf16\`, and a card that is idle for at most a tenth of the time at 32×2048×12. No results of cards are published yet: tried
are the contenders on a processor (masq's steps from a set on the device, to the bit those from the host) and what nvidia-smi tells with a stand-in for it.`;

const [, , path] = process.argv;
if (path === undefined) {
  console.error('Name a results file: node bench/report.mjs bench/results/FILE.json');
  process.exitCode = 2;
} else {
  console.log(report(JSON.parse(readFileSync(path, 'utf8')), path));
}

function report(results, source) {
  const { date, machine, settings, device = 'cpu', card = null } = results;
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const commit = machine.git === null ? '' : `, commit ${machine.git.commit.slice(0, 7)}`;
  const changed = machine.git?.modified ? ' with changes' : '';
  return [
    '# Benchmarks',
    `Made by \`npm run bench\` on ${date.slice(0, 10)}${commit}${changed}, written by ` +
      `\`node bench/report.mjs ${source}\`.`,
    `- processor: ${machine.processor}, ${machine.cores} CPUs${describeThreads(machine)} ` +
      `(${machine.flags.join(', ')}); ` +
      `${figure(machine.memoryBytes / 2 ** 30)} GiB; ${machine.system}; load before the start ${figure(machine.loadBefore)}\n` +
      (device === 'cpu' ? '' : `- device: ${device}${card === null ? '' : `, ${card.name}`}\n`) +
      `- versions: ${versions.join(', ')}\n` +
      `- ${settings.threads} threads for every contender; in each round every contender takes a turn while the others wait: ` +
      `${settings.rounds} rounds of at least ${settings.minimumSteps} steps and ${settings.minimumMilliseconds} ms, ` +
      `${settings.longRounds} at 32x512x6, ${settings.epochRounds} of epochs, ${settings.predictRounds} of predictions, ` +
      `${settings.scalingRounds} of steps by size`,
    explanation,
    differences,
    devices,
    '## Results',
    ...allTables(results).map((table) => markdownTable(table)),
  ].join('\n\n');
}

/** Whether CPUs are threads that share a core, as far as the system tells. */
function describeThreads({ threadsPerCore }) {
  if (threadsPerCore === null) return '';
  return threadsPerCore === 1 ? ', each a core by itself' : `, ${threadsPerCore} of them threads of one core`;
}
