// An engine that is installed as far as masq can see, without TensorFlow in it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { engineFolder, manifestName } from '../../src/engine/cache.js';
import type { Variant } from '../../src/engine/variants.js';

const fakeCuda = {
  builtWith: '12.5.1',
  capabilities: ['sm_80'],
  packages: { 'nvidia-cuda-runtime-cu12': '12.9.79', 'nvidia-cudnn-cu12': '9.10.2.21' },
};

/** Puts engines of one empty file each into the cache that `MASQ_CACHE` names. */
export function installFakeEngines(...variants: Variant[]): void {
  for (const variant of variants) {
    mkdirSync(engineFolder(variant), { recursive: true });
    writeFileSync(join(engineFolder(variant), 'library'), '');
    const files = [{ path: 'library', bytes: 0, sha256: '' }];
    const cuda = variant === 'cuda' ? fakeCuda : null;
    const manifest = { tensorflow: '2.21.0', tfjs: '4.22.0', compiler: 'g++', cuda, files };
    writeFileSync(join(engineFolder(variant), manifestName), JSON.stringify(manifest));
  }
}
