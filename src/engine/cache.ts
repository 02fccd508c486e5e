// The engine's folder in the cache: where it is, what it holds, and whether it is whole.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { codeOf, messageOf } from '../shared/errors.js';
import { sha256OfFile } from '../shared/node/files.js';
import { cacheFolder } from '../shared/node/paths.js';
import { tfjsVersion } from './addon.js';
import { machine, tensorflowVersion, type Variant } from './variants.js';

/** Raised when native/ or the way the addons are built changes, so that older ones are not taken for them. */
const buildRevision = 11;

/** The compiled addon in an engine folder, beside `tensorflow/` with the libraries. */
export const addonName = 'tfjs_binding.node';

/** The manifest of an engine folder. */
export const manifestName = 'manifest.json';

const cudaSchema = z.object({
  /** The CUDA that TensorFlow was built with, e.g. `12.5.1`. */
  builtWith: z.string(),
  /** What TensorFlow has code for, e.g. `sm_80` (that card and later ones of its generation) or `compute_90` (all later ones). */
  capabilities: z.array(z.string()).min(1),
  /** The versions of NVIDIA's packages in the folder by their names, e.g. `nvidia-cudnn-cu12`. */
  packages: z.record(z.string(), z.string()),
});

/** What TensorFlow's CUDA variant was built for and runs with, as its wheels say. */
export type CudaBuild = z.infer<typeof cudaSchema>;

/** The version of one of NVIDIA's packages, such as `cudnn`; null where it is not told. */
export function nvidiaVersion(build: CudaBuild | null, name: string): string | null {
  const packages: Partial<Record<string, string>> = build?.packages ?? {};
  return packages[`nvidia-${name}-cu12`] ?? null;
}

const manifestSchema = z.object({
  tensorflow: z.string(),
  tfjs: z.string(),
  compiler: z.string(),
  /** Null in the variant for processors. */
  cuda: cudaSchema.nullable().default(null),
  files: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })).min(1),
});

/** What an engine folder holds: versions, and the size and hash of every file (paths relative to the folder). */
export type Manifest = z.infer<typeof manifestSchema>;

/** The parent of all engine folders. */
export function enginesFolder(): string {
  return join(cacheFolder(), 'engine');
}

/** Where a variant's libraries and addon are, or would be. */
export function engineFolder(variant: Variant): string {
  const name = [
    'tensorflow',
    tensorflowVersion,
    variant,
    machine,
    'tfjs',
    tfjsVersion(),
    `build${buildRevision}`,
  ];
  return join(enginesFolder(), name.join('-'));
}

/** The state of an engine folder: absent, damaged in the way named, or whole. */
export type EngineState =
  { state: 'absent' } | { state: 'damaged'; problem: string } | { state: 'whole'; manifest: Manifest };

/** Looks at an engine folder's manifest and at the sizes of its files: cheap enough for every start. */
export function inspectEngine(folder: string): EngineState {
  let text: string;
  try {
    text = readFileSync(join(folder, manifestName), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { state: 'absent' };
    return {
      state: 'damaged',
      problem: `${manifestName} cannot be read (${codeOf(error) ?? messageOf(error)})`,
    };
  }
  const manifest = parseManifest(text);
  if (manifest === null) return { state: 'damaged', problem: `${manifestName} is not readable` };
  for (const { path, bytes } of manifest.files) {
    const found = statSync(join(folder, path), { throwIfNoEntry: false })?.size;
    if (found === undefined) return { state: 'damaged', problem: `${path} is missing` };
    if (found !== bytes) {
      return { state: 'damaged', problem: `${path} has ${found} bytes, expected ${bytes}` };
    }
  }
  return { state: 'whole', manifest };
}

/** As `inspectEngine`, and reads every byte to compare the hashes: seconds. */
export async function verifyEngine(folder: string): Promise<EngineState> {
  const found = inspectEngine(folder);
  if (found.state !== 'whole') return found;
  for (const { path, sha256 } of found.manifest.files) {
    if ((await sha256OfFile(join(folder, path))) !== sha256) {
      return { state: 'damaged', problem: `${path} is not what was installed (another sha256)` };
    }
  }
  return found;
}

function parseManifest(text: string): Manifest | null {
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
