// That TensorFlow's CUDA variant finds every library it opens, told by the loader itself (LD_DEBUG=libs). A stand-in for
// the driver's libraries makes TensorFlow go on to NVIDIA's on a machine without a card. Where the variant is not in the
// cache, this is left out: it is 3.3 GB to download.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { addonName, engineFolder, inspectEngine } from '../src/engine/cache.js';
import { libraryFault, minimumCapability } from '../src/engine/cuda.js';

const engine = engineFolder('cuda');
const installed = inspectEngine(engine);
if (installed.state !== 'whole') {
  process.stderr.write(
    'cudaLibraries: left out, as the CUDA variant is not installed (masq engine install --cuda)\n',
  );
}

const folder = mkdtempSync(join(tmpdir(), 'masq-loader-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe.skipIf(installed.state !== 'whole')('the CUDA variant', () => {
  it('opens every library that TensorFlow wants before it takes a card, in the folder of the engine', () => {
    const opened = libraryTrace();
    expect(opened).toEqual({
      'libcudart.so.12': 'nvidia/cuda_runtime/lib',
      'libcublas.so.12': 'nvidia/cublas/lib',
      'libcublasLt.so.12': 'nvidia/cublas/lib',
      'libcudnn.so.9': 'nvidia/cudnn/lib',
      'libcudnn_graph.so.9': 'nvidia/cudnn/lib',
      'libcufft.so.11': 'nvidia/cufft/lib',
      'libcusolver.so.11': 'nvidia/cusparse/lib',
      'libcusparse.so.12': 'nvidia/cusparse/lib',
      'libnvJitLink.so.12': 'nvidia/nvjitlink/lib',
    });
  });

  it('has what is opened later where it is looked for', () => {
    // All of NVIDIA's libraries load, with what they need.
    expect(libraryFault(engine)).toBeNull();
    const framework = runPath('tensorflow/libtensorflow_framework.so.2');
    for (const [name, library] of [
      ['nccl', 'libnccl.so.2'],
      ['cuda_cupti', 'libcupti.so.12'],
    ]) {
      expect(framework).toContain(`$ORIGIN/../nvidia/${name}/lib`);
      expect(existsSync(join(engine, 'nvidia', name, 'lib', library))).toBe(true);
    }
    expect(runPath('nvidia/cudnn/lib/libcudnn_graph.so.9')).toContain('$ORIGIN/../../cublas/lib');
    expect(existsSync(join(engine, 'nvidia/cublas/lib/libnvrtc.so.12'))).toBe(true);
    // XLA looks for these in ../nvidia/cuda_nvcc as seen from libtensorflow_cc.so.2.
    expect(statSync(join(engine, 'nvidia/cuda_nvcc/bin/ptxas')).mode & 0o111).toBe(0o111);
    expect(existsSync(join(engine, 'nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc'))).toBe(true);
  });

  it('is built for the cards that the check of the compute capability lets pass', () => {
    const capabilities = installed.state === 'whole' ? installed.manifest.cuda?.capabilities : undefined;
    const lowest = Math.min(...(capabilities ?? []).map((name) => Number(/\d+$/.exec(name))));
    expect(`${lowest / 10}`).toBe(String(Number(minimumCapability)));
  });
});

/** NVIDIA's libraries that loading the addon opens, with their folders in the engine's. */
function libraryTrace(): Record<string, string> {
  for (const name of ['libcuda.so.1', 'libnvidia-ml.so.1']) {
    const args = ['-w', '-shared', '-fPIC', '-o', join(folder, name), 'test/support/libcuda.c'];
    expect(spawnSync('gcc', args, { encoding: 'utf8' })).toMatchObject({ status: 0 });
  }
  const program = "import { loadAddon } from './dist/engine/addon.js'; loadAddon(process.argv[1])";
  spawnSync(process.execPath, ['--input-type=module', '-e', program, join(engine, addonName)], {
    env: {
      ...process.env,
      LD_LIBRARY_PATH: folder,
      LD_DEBUG: 'libs',
      LD_DEBUG_OUTPUT: join(folder, 'trace'),
      TF_CPP_MIN_LOG_LEVEL: '2',
    },
  });
  const trace = readdirSync(folder)
    .filter((name) => name.startsWith('trace.'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('');
  const wanted = [...trace.matchAll(/find library=(lib(?:cu|nv|nccl)\S+)/g)].map(([, name]) => name);
  const initialised = new Map(
    [...trace.matchAll(/calling init: (\S+)\/(\S+)$/gm)].map(([, place, name]) => [name, place]),
  );
  const found: Record<string, string> = {};
  for (const name of wanted) {
    // cuDNN asks for its own parts with more digits first.
    if (/\.so\.\d+\./.test(name)) continue;
    const place = initialised.get(name) ?? 'not found';
    if (place !== folder) found[name] = relative(engine, resolve(place));
  }
  return found;
}

function runPath(library: string): string[] {
  const { stdout } = spawnSync('readelf', ['-d', join(engine, library)], { encoding: 'utf8' });
  return (/Library runpath: \[(.*)\]/.exec(stdout)?.[1] ?? '').split(':');
}
