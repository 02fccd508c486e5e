// masq's own operations for processors, which native/*.cc adds to TensorFlow, as kernels of the same names.
import type { NativeKernel } from '../kernels/native.js';
import { attribute, register } from './register.js';

/** What an operation takes and gives, as its registration in native/ says. */
interface Signature {
  /** Names of the inputs in the operation's order. */
  readonly inputs: readonly string[];
  readonly outputs: number;
  readonly attributes?: Readonly<Record<string, 'float' | 'bool' | 'int'>>;
}

const normalization = { epsilon: 'float', relu: 'bool' } as const;
const windows = { size: 'int', stride: 'int', left: 'int' } as const;

const operations = {
  MasqBatchNorm: {
    inputs: ['x', 'mask', 'gamma', 'beta', 'movingMean', 'movingVariance'],
    outputs: 6,
    attributes: { ...normalization, momentum_complement: 'float' },
  },
  MasqBatchNormGrad: {
    inputs: ['dy', 'x', 'mask', 'gamma', 'beta', 'mean', 'variance'],
    outputs: 3,
    attributes: normalization,
  },
  MasqNormalize: {
    inputs: ['x', 'mask', 'gamma', 'beta', 'mean', 'variance'],
    outputs: 1,
    attributes: normalization,
  },
  MasqMaskSteps: { inputs: ['x', 'mask'], outputs: 1 },
  MasqAdd: { inputs: ['a', 'b', 'mask'], outputs: 1, attributes: { relu: 'bool' } },
  MasqReluGrad: { inputs: ['dy', 'y', 'mask'], outputs: 1 },
  MasqMaxOverWindows: { inputs: ['x', 'mask', 'outputMask'], outputs: 1, attributes: windows },
  MasqMaxOverWindowsGrad: { inputs: ['dy', 'x', 'mask', 'outputMask'], outputs: 1, attributes: windows },
  MasqScaleChannels: { inputs: ['x', 'gate', 'mask'], outputs: 1 },
  MasqScaleChannelsGrad: { inputs: ['dy', 'x', 'gate', 'mask'], outputs: 2 },
  MasqAverageOverTime: { inputs: ['x', 'mask'], outputs: 1 },
  MasqAverageOverTimeGrad: { inputs: ['dy', 'mask'], outputs: 1 },
  MasqSqueezeExcite: {
    inputs: ['x', 'mask', 'reduction', 'reductionBias', 'expansion', 'expansionBias'],
    outputs: 4,
  },
  MasqSqueezeExciteGrad: {
    inputs: ['dy', 'x', 'mask', 'z', 'h', 'gate', 'reduction', 'expansion'],
    outputs: 5,
  },
  MasqCrossEntropy: {
    inputs: ['logits', 'labels', 'classWeights'],
    outputs: 3,
    attributes: { smoothing: 'float' },
  },
} as const satisfies Record<NativeKernel, Signature>;

/** Registers them; TensorFlow must have them. */
export function registerOwnOperations(): void {
  for (const [name, signature] of Object.entries<Signature>(operations)) {
    const { inputs: names, outputs, attributes: kinds = {} } = signature;
    register(name as keyof typeof operations, ({ inputs, attributes, backend }) =>
      backend.executeMultipleOutputs(
        name,
        Object.entries(kinds).map(([key, kind]) =>
          kind === 'bool'
            ? attribute.bool(backend, key, attributes[key] as boolean)
            : attribute[kind](backend, key, attributes[key] as number),
        ),
        names.map((input) => inputs[input]),
        outputs,
      ),
    );
  }
}
