// The devices that tests run on: the processor, and again each graphics card that can be used. TensorFlow takes one device a process,
// so each has its own project in vitest.config.ts, which names the device in MASQ_TEST_DEVICE.
import type { DeviceName } from '../../src/engine/load.js';

/** What this process tests on. */
export const testDevice = (process.env.MASQ_TEST_DEVICE ?? 'cpu') as DeviceName;

/**
 * The least tolerance on graphics cards, where products are in TF32 (10 bits of mantissa), relative to what the masking contract compares:
 * values, or the length of a gradient.
 */
const cardTolerance = 1e-4;

/** A tolerance that is stated for float32, for the device of this process. */
export function tolerance(float32: number): number {
  return testDevice === 'cpu' ? float32 : Math.max(float32, cardTolerance);
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
