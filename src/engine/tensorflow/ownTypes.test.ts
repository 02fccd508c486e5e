// masq's own operations in bfloat16 are those in float32 between casts, to the last bit, whichever of their tensors are
// bfloat16.
import tf from '#tfjs';
import { expect, test } from 'vitest';
import { maskFromLengths } from '../../layers/mask.js';
import { hasNative } from '../kernels/index.js';
import { loadEngine } from '../load.js';
import { calculate, type Handle } from './handles.js';
import { attribute, type Attribute, type TensorflowBackend } from './register.js';

await loadEngine();

type Type = 'float32' | 'bfloat16';

interface Case {
  readonly operation: `Masq${string}`;
  /** What it takes: tensors by the attribute that states their type, or by what they hold. */
  readonly inputs: readonly string[];
  /** The types of its outputs, likewise. */
  readonly outputs: readonly string[];
  readonly numbers?: Readonly<Record<string, number>>;
  readonly integers?: Readonly<Record<string, number>>;
  readonly relu?: boolean;
}

const statistics = ['channels', 'channels', 'channels', 'variance'];
const cases: readonly Case[] = [
  ...[false, true].flatMap((relu): Case[] => {
    const options = { numbers: { epsilon: 1e-3 }, relu };
    return [
      {
        operation: 'MasqBatchNorm',
        inputs: ['Tx', 'mask', ...statistics],
        outputs: ['Ty', ...Array<string>(5).fill('float32')],
        numbers: { epsilon: 1e-3, momentum_complement: 0.1 },
        relu,
      },
      { operation: 'MasqNormalize', inputs: ['Tx', 'mask', ...statistics], outputs: ['Ty'], ...options },
      {
        operation: 'MasqBatchNormGrad',
        inputs: ['Tdy', 'Tx', 'mask', ...statistics],
        outputs: ['Tdx', 'float32', 'float32'],
        ...options,
      },
      { operation: 'MasqAdd', inputs: ['Ta', 'Tb', 'mask'], outputs: ['Ty'], relu },
    ];
  }),
  { operation: 'MasqMaskSteps', inputs: ['Tx', 'mask'], outputs: ['Tx'] },
  { operation: 'MasqReluGrad', inputs: ['Tdy', 'Ty', 'mask'], outputs: ['Tdx'] },
  { operation: 'MasqScaleChannels', inputs: ['Tx', 'gate', 'mask'], outputs: ['Ty'] },
  {
    operation: 'MasqScaleChannelsGrad',
    inputs: ['Tdy', 'Tx', 'gate', 'mask'],
    outputs: ['Tdx', 'float32'],
  },
  {
    operation: 'MasqSqueezeExcite',
    inputs: ['Tx', 'mask', 'reduction', 'hidden', 'expansion', 'channels'],
    outputs: ['Ty', 'float32', 'float32', 'float32'],
  },
  {
    operation: 'MasqSqueezeExciteGrad',
    inputs: ['Tdy', 'Tx', 'mask', 'gate', 'units', 'gate', 'reduction', 'expansion'],
    outputs: ['Tdx', 'float32', 'float32', 'float32', 'float32'],
  },
  {
    operation: 'MasqMaxOverWindows',
    inputs: ['Tx', 'mask', 'mask'],
    outputs: ['Ty'],
    integers: { size: 3, stride: 1, left: 1 },
  },
  {
    operation: 'MasqMaxOverWindowsGrad',
    inputs: ['Tdy', 'Tx', 'mask', 'mask'],
    outputs: ['Tdx'],
    integers: { size: 3, stride: 1, left: 1 },
  },
  { operation: 'MasqAverageOverTime', inputs: ['Tx', 'mask'], outputs: ['float32'] },
  { operation: 'MasqAverageOverTimeGrad', inputs: ['gate', 'mask'], outputs: ['Tdx'] },
];

const lengths = [9, 1, 0, 6];
const time = 10;
const hidden = 3;

/** Numbers of every magnitude that bfloat16 rounds in some way: between two, at ties, to infinity, below the normal. */
const special = [
  NaN,
  Infinity,
  -Infinity,
  1e-40,
  -3e-39,
  3.4e38,
  -3.4e38,
  0,
  -0,
  1.00390625,
  1.01171875,
  -1.00390625,
];

/** An input of a kind: `[batch, time, channels]` for the name of a type, with special numbers or without. */
function makeInput(name: string, channels: number, index: number, specials: boolean): tf.Tensor {
  const random = (shape: number[]) => tf.randomNormal(shape, 0.3, 1, 'float32', 10 + index);
  if (name === 'mask') return maskFromLengths(tf.tensor1d(lengths, 'int32'), time);
  if (name === 'gate') return random([lengths.length, channels]);
  if (name === 'channels') return random([channels]);
  if (name === 'reduction') return random([channels, hidden]);
  if (name === 'expansion') return random([hidden, channels]);
  if (name === 'hidden') return random([hidden]);
  if (name === 'units') return random([lengths.length, hidden]);
  if (name === 'variance') return tf.square(random([channels]));
  const shape = [lengths.length, time, channels];
  if (!specials) return random(shape);
  const values = random(shape).dataSync();
  return tf.tensor(
    values.map((value, i) => ((i * 7 + index) % 5 < 2 ? special[(i + 3 * index) % special.length] : value)),
    shape,
  );
}

/** One output as float32: of the operation in the types given, or of the float32 operation with casts around it. */
function run(
  { operation, inputs, outputs, numbers = {}, integers = {}, relu }: Case,
  tensors: readonly tf.Tensor[],
  types: ReadonlyMap<string, Type>,
  output: number,
  within: boolean,
): Float32Array {
  const backend = tf.backend() as unknown as TensorflowBackend;
  const attributes: Attribute[] = Object.entries(numbers).map(([name, value]) =>
    attribute.float(backend, name, value),
  );
  for (const [name, value] of Object.entries(integers)) attributes.push(attribute.int(backend, name, value));
  if (relu !== undefined) attributes.push(attribute.bool(backend, 'relu', relu));
  if (within) for (const [name, type] of types) attributes.push(attribute.type(backend, name, type));
  const result = calculate(backend, (operations) => {
    const given = tensors.map((tensor, i): Handle => {
      const type = types.get(inputs[i]);
      if (type === undefined) return operations.valueOf(tensor);
      const narrowed = operations.cast(operations.valueOf(tensor), type);
      return within ? narrowed : operations.cast(narrowed, 'float32');
    });
    const all = operations.executeAll(operation, attributes, given, outputs.length);
    const type = types.get(outputs[output]) ?? 'float32';
    return operations.cast(within ? all[output] : operations.cast(all[output], type), 'float32');
  });
  return tf.engine().makeTensorFromTensorInfo(result).dataSync<'float32'>();
}

/** The bits of numbers; of NaN only that it is one: its sign is left open. */
function bitsOf(values: Float32Array): (number | string)[] {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Array.from(values, (value, i) => (Number.isNaN(value) ? 'NaN' : bits[i]));
}

function combinations(names: readonly string[]): ReadonlyMap<string, Type>[] {
  const [first, ...rest] = names;
  if (names.length === 0) return [new Map()];
  return (['float32', 'bfloat16'] as const).flatMap((type) =>
    combinations(rest).map((types) => new Map([[first, type], ...types])),
  );
}

const isType = (name: string): boolean => name.startsWith('T');

const runs = cases.flatMap((entry) =>
  combinations([...new Set([...entry.inputs, ...entry.outputs].filter(isType))]).map((types) => ({
    entry,
    types,
    name: `${entry.operation}${entry.relu === true ? ' with ReLU' : ''}, ${[...types].join(' ')}`,
  })),
);

test.runIf(hasNative('MasqBatchNorm')).each(runs)('$name', ({ entry, types }) => {
  for (const channels of [1, 3, 16, 33, 300]) {
    for (const specials of [false, true]) {
      tf.tidy(() => {
        const tensors = entry.inputs.map((name, i) => makeInput(name, channels, i, specials));
        for (const output of entry.outputs.keys()) {
          const [within, between] = [true, false].map((within) =>
            bitsOf(run(entry, tensors, types, output, within)),
          );
          expect(within).toEqual(between);
        }
      });
    }
  }
});
