// Loads TensorFlow into this process, or says why not and goes on with tfjs's own JavaScript backend.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import tf from '#tfjs';
import { messageOf, UserError } from '../shared/errors.js';
import { linkAddonIntoPackage, loadAddon, loadOperations, tfjsVersion } from './addon.js';
import { addonName, engineFolder } from './cache.js';
import {
  afterFailure,
  cardNumber,
  chooseVariant,
  computesOnProcessor,
  needsCard,
  type Choice,
} from './choose.js';
import { libraryFault } from './cuda.js';
import { setForEngine } from '../shared/node/processEnvironment.js';
import { tensorflowSettings } from './settings.js';
import { registerTensorflowKernels } from './tensorflow/index.js';
import { tensorflowVersion, type Variant } from './variants.js';

/** A device to compute on; `gpu` is the first one. */
export type DeviceName = 'cpu' | 'gpu' | `gpu:${number}`;

export interface EngineOptions {
  /** By default a graphics card where the CUDA variant is installed and a driver is present, else the processor. */
  device?: DeviceName | undefined;
  /** Threads for one operation and for operations side by side; by default one for each processor. */
  threads?: number | undefined;
  /** Whether a graphics card repeats its results to the bit, at a cost in time; a processor always does. Default: false. */
  deterministic?: boolean | undefined;
  /** Whether TensorFlow compiles programs with XLA, as far as it can. Default: false. */
  xla?: boolean | undefined;
}

/** What computes in this process. */
export interface Engine {
  /** `tensorflow` is the native one, `cpu` tfjs's own in JavaScript. */
  backend: 'tensorflow' | 'cpu';
  /** `cpu` or `gpu:N`. */
  device: DeviceName;
  /** The version of TensorFlow, or null without it. */
  tensorflow: string | null;
  tfjs: string;
  threads: number;
  variant: Variant | null;
  /**
   * Why TensorFlow, or a graphics card that nothing was said against, is not used and what to do, in one line; null
   * when all is as one expects.
   */
  warning: string | null;
}

let loaded: { options: EngineOptions; engine: Promise<Engine> } | undefined;

/**
 * Makes TensorFlow the backend of tfjs in this process, once; later calls return the same engine. Without an
 * engine that works, tfjs's JavaScript backend takes its place and `warning` says why.
 * Throws `UserError` when a graphics card was asked for and cannot be had, or another device or number of threads
 * than this process has.
 */
export async function loadEngine(options: EngineOptions = {}): Promise<Engine> {
  loaded ??= { options, engine: load(options) };
  const engine = await loaded.engine.catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  assertSameOptions(options, loaded.options, engine);
  return engine;
}

/**
 * @param before what the engine was asked for when it was loaded
 * @throws UserError when the options ask for something else than this process has
 */
export function assertSameOptions(
  options: EngineOptions,
  before: EngineOptions,
  engine: Pick<Engine, 'device' | 'threads'>,
): void {
  for (const name of ['device', 'threads'] as const) {
    const wanted = options[name];
    if (wanted === undefined || [before[name], engine[name]].map(numbered).includes(numbered(wanted)))
      continue;
    throw cannotChange(name, before[name] ?? 'left open', wanted);
  }
  for (const name of ['deterministic', 'xla'] as const) {
    const [wanted, found = false] = [options[name], before[name]];
    if (wanted === undefined || wanted === found) continue;
    throw cannotChange(name, found, wanted);
  }
}

function cannotChange(
  name: string,
  found: string | number | boolean,
  wanted: string | number | boolean,
): UserError {
  return new UserError(
    `The engine runs with ${name} ${found} in this process already and cannot change to ${wanted}. Start another process ` +
      'for that.',
  );
}

/** The first graphics card by its number; all else as it is. */
function numbered<Option>(option: Option): Option | 'gpu:0' {
  return option === 'gpu' ? 'gpu:0' : option;
}

/** Makes tfjs's own JavaScript backend compute, without the advertisement that its first tensor prints. */
export async function useJavaScript(): Promise<void> {
  await tf.setBackend('cpu');
  const production = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  tf.scalar(0).dispose();
  tf.env().set('PROD', production);
}

/** Tells TensorFlow to print errors only, unless the environment says otherwise. Before it is loaded. */
export function quietEnvironment(): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
}

async function load(options: EngineOptions): Promise<Engine> {
  const { device, threads = availableParallelism() } = options;
  if (!Number.isInteger(threads) || threads < 1) {
    throw new UserError(`threads is ${threads}, expected a whole number from 1.`);
  }
  try {
    return startTensorflow({ ...options, threads });
  } catch (error) {
    if (needsCard(device)) {
      throw new UserError(`Device ${device} cannot be had. ${messageOf(error)}`, {}, { cause: error });
    }
    return await startJavaScript(messageOf(error));
  }
}

/** Throws an error with the reason, in whole sentences, when TensorFlow cannot be had on the device. */
function startTensorflow(options: EngineOptions & { threads: number }): Engine {
  const { device, threads } = options;
  const choice = chooseVariant(device);
  setForEngine(tensorflowSettings(options, process.env));
  quietEnvironment();
  const { variant, warning, onCard } = loadFirstOf(choice, device);
  const addon = join(engineFolder(variant), addonName);
  const own = onCard ? null : loading(variant, () => loadOperations(addon));
  linkAddonIntoPackage(addon);
  registerTensorflowKernels({ own });
  if (needsCard(device) && !onCard) throw new Error(noCardFound(engineFolder(variant)));
  return {
    backend: 'tensorflow',
    device: onCard ? `gpu:${cardNumber(device)}` : 'cpu',
    tensorflow: tensorflowVersion,
    tfjs: tfjsVersion(),
    threads,
    variant,
    warning:
      warning ??
      (variant === 'cuda' && device === undefined && !onCard
        ? computesOnProcessor(noCardFound(engineFolder(variant)))
        : null),
  };
}

/** The variant that was chosen; where it does not load, the one for processors, unless a card was asked for. */
function loadFirstOf(choice: Choice, device: DeviceName | undefined): Choice & { onCard: boolean } {
  try {
    return { ...choice, onCard: loadVariant(choice, device) };
  } catch (error) {
    const other = isTensorflowLoaded() ? null : afterFailure(choice, device, messageOf(error));
    if (other === null) throw error;
    return { ...other, onCard: loadVariant(other, device) };
  }
}

/** Whether a TensorFlow is in this process, beside which there is no place for another. */
function isTensorflowLoaded(): boolean {
  const { sharedObjects } = process.report.getReport() as { sharedObjects: readonly string[] };
  return sharedObjects.some((path) => path.includes('libtensorflow_framework'));
}

/** Loads TensorFlow; whether it computes on a card. */
function loadVariant({ variant, warning }: Choice, device: DeviceName | undefined): boolean {
  if (variant === 'cuda')
    setForEngine({ CUDA_VISIBLE_DEVICES: warning === null ? visibleCards(device) : '-1' });
  return loading(variant, () => {
    loadAddon(join(engineFolder(variant), addonName));
    return usesCard();
  });
}

/** Does what may fail as a library does not load, and says so in whole sentences then. */
function loading<Result>(variant: Variant, load: () => Result): Result {
  try {
    return load();
  } catch (error) {
    throw new Error(
      `TensorFlow does not load: ${messageOf(error)}. To install it anew: masq engine install --${variant}`,
      { cause: error },
    );
  }
}

async function startJavaScript(reason: string): Promise<Engine> {
  await useJavaScript();
  return {
    backend: 'cpu',
    device: 'cpu',
    tensorflow: null,
    tfjs: tfjsVersion(),
    threads: 1,
    variant: null,
    warning: `Computing in JavaScript, which is many times slower. ${reason}`,
  };
}

/** Why TensorFlow with CUDA, though nothing was found against it, took no card. */
function noCardFound(folder: string): string {
  const fault = libraryFault(folder);
  return fault === null
    ? 'TensorFlow finds no such graphics card; see what nvidia-smi lists, and what TensorFlow says with TF_CPP_MIN_LOG_LEVEL=0.'
    : `One of NVIDIA's libraries does not load: ${fault}. To install them anew: masq engine install --cuda`;
}

/** The value of CUDA_VISIBLE_DEVICES that leaves one card: the N-th of those visible now. */
function visibleCards(device: DeviceName | undefined): string {
  if (device === 'cpu') return '-1';
  const n = cardNumber(device);
  const visible = process.env.CUDA_VISIBLE_DEVICES?.split(',');
  return visible === undefined ? `${n}` : (visible[n] ?? '-1');
}

/** Whether the TensorFlow in this process computes on a graphics card. */
export function usesCard(): boolean {
  const backend = tf.backend();
  return 'isUsingGpuDevice' in backend && backend.isUsingGpuDevice === true;
}
