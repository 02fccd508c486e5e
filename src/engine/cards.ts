// The graphics cards that the engine could compute on.
import { execFileSync } from 'node:child_process';
import { engineFolder, inspectEngine } from './cache.js';
import { hasNvidiaDriver } from './variants.js';

/** How many there are, `gpu:0` being the first; 0 without a driver or the CUDA variant of TensorFlow. */
export function countCards(): number {
  if (!hasNvidiaDriver() || inspectEngine(engineFolder('cuda')).state !== 'whole') return 0;
  const visible = process.env.CUDA_VISIBLE_DEVICES?.split(',');
  if (visible === undefined) return listCards().length;
  // CUDA takes the cards before the first entry that names none, such as -1.
  const end = visible.findIndex((card) => !/^\s*\w/.test(card));
  return end < 0 ? visible.length : end;
}

function listCards(): string[] {
  const listed = execFileSync('nvidia-smi', ['-L'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return listed.split('\n').filter((line) => line.startsWith('GPU '));
}
