// The devices that tests run on: the processor, and again each graphics card that can be used. TensorFlow takes one device a process,
// so each has its own project in vitest.config.ts, which names the device in MASQ_TEST_DEVICE.
import type { DeviceName } from '../../src/engine/load.js';

/** What this process tests on. */
export const testDevice = (process.env.MASQ_TEST_DEVICE ?? 'cpu') as DeviceName;

/**
 * The least tolerances on graphics cards, where products are in TF32, relative to what is compared: values, or the length of a
 * gradient. Derived and emulated on the processor (test/tf32.test.ts), not measured on a card.
 *
 * `reference`: against float32. Factors have 10 bits of mantissa, so that each is off by 2⁻¹¹ of itself at most and a product by 2⁻¹⁰; four
 * such steps one after the other at their worst, where errors mostly cancel.
 * `invariance`: between two computations of the same products, whose factors are rounded alike. What is left is the order of sums, and
 * that a last bit of it may round a later factor the other way.
 */
export const cardTolerances = { reference: 2 ** -8, invariance: 1e-4 };

/** A tolerance that is stated for float32, for the device of this process: of the masking contract, and of graphs against eager steps. */
export function tolerance(float32: number): number {
  return onDevice(float32, cardTolerances.invariance);
}

/** As `tolerance`, for numbers that were computed in float32 or otherwise than on the device. */
export function referenceTolerance(float32: number): number {
  return onDevice(float32, cardTolerances.reference);
}

function onDevice(float32: number, card: number): number {
  return testDevice === 'cpu' ? float32 : Math.max(float32, card);
}

/** What computes on the device itself: layers and models by the masking contract, gradients of kernels, captured programs, training. */
export const testsOfDevices = [
  'src/engine/kernels/{attention,batchNorm,convolution,gradients,layerNorm,lstm,matMul,squeezeExcite}.test.ts',
  'src/engine/program/{graph,loop,program,state}.test.ts',
  'src/engine/tensorflow/{captured,gather}.test.ts',
  'src/layers/{golden,mask}.test.ts',
  'src/layers/attention/attention.test.ts',
  'src/models/models.test.ts',
  'src/train/{compiledSteps,fit,padding}.test.ts',
];
