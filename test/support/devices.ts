// The devices that tests run on: the processor, and again each graphics card that can be used. TensorFlow takes one device a process,
// so each has its own project in vitest.config.ts, which names the device in MASQ_TEST_DEVICE.
import type { DeviceName } from '../../src/engine/load.js';

/** What this process tests on. */
export const testDevice = (process.env.MASQ_TEST_DEVICE ?? 'cpu') as DeviceName;

/**
 * The least tolerances on graphics cards where TF32 is switched off, relative to what is compared: values, or the length of a gradient.
 * Not measured on a card.
 *
 * `reference`: against numbers from elsewhere, as cuDNN may convolve by other algorithms (Winograd's, Fourier transforms).
 * `invariance`: between two computations of the same products, in another order of sums.
 */
const cardTolerances = { reference: 1e-4, invariance: 1e-5 };

/** Networks whose gradients are ill-conditioned at their first weights: what rounding alters in the last bits, they alter by percents. */
const illConditioned = ['se-resnext', 'mobilenet-v3', 'efficientnet'];

/**
 * Tolerances where products are in TF32, of logits as a share of `1 + |logit|` and of gradients as a share of their length: some three times
 * what products in TF32 that are emulated on the processor give at worst (test/tf32.test.ts). `reference`: against float32, where ReLUs flip;
 * `invariance`: of the masking contract.
 */
export function tf32Tolerances(
  model: string,
): Record<'reference' | 'invariance', Record<'logits' | 'gradients', number>> {
  return {
    reference: { logits: 6e-3, gradients: 0.9 },
    invariance: { logits: 2e-3, gradients: illConditioned.includes(model) ? 0.5 : 6e-3 },
  };
}

/** A tolerance that is stated for float32, for the device of this process: of the masking contract, and of graphs against eager steps. */
export function tolerance(float32: number): number {
  return onDevice(float32, cardTolerances.invariance);
}

/** As `tolerance`, for numbers that were computed otherwise than on the device. */
export function referenceTolerance(float32: number): number {
  return onDevice(float32, cardTolerances.reference);
}

function onDevice(float32: number, card: number): number {
  return testDevice === 'cpu' ? float32 : Math.max(float32, card);
}

/** Has NVIDIA's libraries multiply in float32, once they are loaded: masks are proven by numbers that TF32 does not blur. */
export const withoutTf32 = { NVIDIA_TF32_OVERRIDE: '0' };

/** What tests the masking contract in TF32 too, emulated on the processor. */
export const testOfTf32 = 'test/tf32.test.ts';

/** What computes on the device itself: layers and models by the masking contract, gradients of kernels, captured programs, training. */
export const testsOfDevices = [
  'src/engine/kernels/{attention,batchNorm,convolution,gradients,layerNorm,lstm,matMul,squeezeExcite}.test.ts',
  'src/engine/program/{graph,loop,program,state}.test.ts',
  'src/engine/tensorflow/{captured,gather,pad}.test.ts',
  'src/layers/{golden,mask}.test.ts',
  'src/layers/attention/attention.test.ts',
  'src/models/models.test.ts',
  'src/train/{compiledSteps,deviceSet,fit,padding}.test.ts',
];
