// The process of one trial, which `startTrial` starts. It is told its task by messages, and tells how the trial goes on. When
// the sweep goes away, however that happens, the trial writes a checkpoint and ends.
import type { FromTrial, ToTrial, TrialTask } from './trialMessages.js';

const interruption = new AbortController();
const interrupt = (): void => {
  interruption.abort();
};
// Ctrl-C reaches all processes of a terminal, and so this one too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
process.once('disconnect', interrupt);
// What TensorFlow or a module prints when nobody reads it any more is no reason to end before the checkpoint.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

process.on('message', (message: ToTrial) => {
  if (message.type === 'stop') interrupt();
  else void run(message.task);
});

async function run({ trial, ...options }: TrialTask): Promise<void> {
  // Only now, so that a signal that comes while TensorFlow.js is loaded is heard.
  const { runTrial } = await import('./runTrial.js');
  const outcome = await runTrial(trial, {
    ...options,
    signal: interruption.signal,
    onEpoch: (record) => {
      tell({ type: 'epoch', record });
    },
    onWarning: (message) => {
      tell({ type: 'warning', message });
    },
  });
  tell({ type: 'outcome', outcome }, () => process.exit());
}

function tell(message: FromTrial, then: () => void = () => undefined): void {
  if (!process.connected) then();
  // The sweep may end at any time, and then it need not be told.
  else process.send?.(message, undefined, undefined, then);
}
