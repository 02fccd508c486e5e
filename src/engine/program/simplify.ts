// Takes out of a recording what a graph need not do twice or at all: repeated computations, masking of what is masked
// already, and masking of what nothing reads. Layers mask their inputs and outputs each for itself; in a whole network
// most of that is not needed, and every masking is a pass over memory.
import { absorbCasts } from './absorbCasts.js';
import type { RecordedNode, Recording, Source } from './recorder.js';
import { kept, keyOf, prune, rebuild, shareRepeated } from './rewriting.js';

/** The recording with the same outputs and updates, and fewer nodes. */
export function simplify(recording: Recording): Recording {
  return absorbCasts(prune(dropUnreadMasks(dropRepeatedMasks(shareRepeated(recording)))));
}

/** Takes a mask operation out where what it masks is 0 there already, whatever was computed. */
function dropRepeatedMasks(recording: Recording): Recording {
  /** By value: the mask beyond which it is 0. */
  const zeroBeyond = new Map<string, string>();
  return rebuild(recording, (node, emit) => {
    const { operation, inputs } = node;
    const own = maskUse(operation);
    if (own !== null) {
      if (operation === maskOperation && zeroBeyond.get(keyOf(inputs[0])) === keyOf(inputs[1])) {
        return [inputs[0]];
      }
      const outputs = kept(node, emit);
      for (const { value, mask } of own.masked) zeroBeyond.set(keyOf(outputs[value]), keyOf(inputs[mask]));
      return outputs;
    }
    const outputs = kept(node, emit);
    const masks = new Set(valueInputs(recording, node).map((i) => zeroBeyond.get(keyOf(inputs[i]))));
    const [mask] = masks;
    if (masks.size === 1 && mask !== undefined) {
      for (const output of outputs) zeroBeyond.set(keyOf(output), mask);
    }
    return outputs;
  });
}

/** Takes a mask operation out where all that use its result do not look beyond the same mask. */
function dropUnreadMasks(recording: Recording): Recording {
  /** By value: the only mask beyond which nobody reads it, or null where somebody reads all of it. */
  const unread = new Map<string, string | null>();
  const use = (source: Source, mask: string | null): void => {
    const key = keyOf(source);
    const before = unread.get(key);
    unread.set(key, before === undefined || before === mask ? mask : null);
  };
  for (const source of [...recording.outputs, ...recording.updates.values()]) use(source, null);
  // A node stands behind those whose results it takes, so its own results are judged before its inputs are.
  for (const [index, node] of [...recording.nodes.entries()].reverse()) {
    const own = maskUse(node.operation);
    const results = node.outputs.map((_, output) => unread.get(keyOf({ kind: 'node', index, output })));
    const asked = new Set(results.filter((mask) => mask !== undefined));
    const [mask = null] = asked.size === 1 ? asked : [];
    const passing = valuesThrough(recording, node);
    for (const [i, source] of node.inputs.entries()) {
      const unreadBy = own?.unread.find(({ value }) => value === i);
      if (unreadBy !== undefined) use(source, keyOf(node.inputs[unreadBy.mask]));
      else use(source, passing.includes(i) ? mask : null);
    }
  }
  return rebuild(recording, (node, emit, index) => {
    const mask = unread.get(keyOf({ kind: 'node', index, output: 0 }));
    const drop = node.operation === maskOperation && mask === keyOf(recording.nodes[index].inputs[1]);
    return drop ? [node.inputs[0]] : kept(node, emit);
  });
}

const maskOperation = 'MasqMaskSteps';

/** A value, as the number of an input or output, and the input that is its mask. */
interface Masked {
  readonly value: number;
  readonly mask: number;
}

/** How operations of masq treat masks. */
interface MaskUse {
  /** Outputs that are 0 beyond a mask. */
  readonly masked: readonly Masked[];
  /** Inputs that are not read beyond a mask. */
  readonly unread: readonly Masked[];
}

/** That these outputs are masked and these inputs unread, by one mask. */
function by(mask: number, use: { masked: readonly number[]; unread: readonly number[] }): MaskUse {
  const withMask = (values: readonly number[]): Masked[] => values.map((value) => ({ value, mask }));
  return { masked: withMask(use.masked), unread: withMask(use.unread) };
}

const maskUses: Readonly<Record<string, MaskUse>> = {
  [maskOperation]: by(1, { masked: [0], unread: [0] }),
  MasqConvolution: { masked: [{ value: 0, mask: 3 }], unread: [{ value: 0, mask: 2 }] },
  MasqConvolutionInputGrad: { masked: [{ value: 0, mask: 2 }], unread: [{ value: 0, mask: 3 }] },
  MasqConvolutionKernelGrad: {
    masked: [],
    unread: [
      { value: 0, mask: 2 },
      { value: 1, mask: 3 },
    ],
  },
  MasqBatchNorm: by(1, { masked: [0], unread: [0] }),
  MasqBatchNormGrad: by(2, { masked: [0], unread: [0, 1] }),
  MasqNormalize: by(1, { masked: [0], unread: [0] }),
  MasqAverageOverTime: by(1, { masked: [], unread: [0] }),
  MasqAverageOverTimeGrad: by(1, { masked: [0], unread: [] }),
  MasqAdd: by(2, { masked: [0], unread: [0, 1] }),
  MasqReluGrad: by(2, { masked: [0], unread: [0, 1] }),
  MasqMaxOverWindows: { masked: [{ value: 0, mask: 2 }], unread: [{ value: 0, mask: 1 }] },
  MasqMaxOverWindowsGrad: {
    masked: [{ value: 0, mask: 2 }],
    unread: [
      { value: 0, mask: 3 },
      { value: 1, mask: 2 },
    ],
  },
  MasqScaleChannels: by(2, { masked: [0], unread: [0] }),
  MasqScaleChannelsGrad: by(3, { masked: [0], unread: [0, 1] }),
  MasqSqueezeExcite: by(1, { masked: [0], unread: [0] }),
  MasqSqueezeExciteGrad: by(2, { masked: [0], unread: [0, 1] }),
};

function maskUse(operation: string): MaskUse | null {
  return Object.hasOwn(maskUses, operation) ? maskUses[operation] : null;
}

/** Operations that work value by value, on inputs of one shape, and give 0 for 0. */
const valueByValue = new Set(['Identity', 'Neg', 'Relu', 'Relu6', 'Add', 'AddV2', 'AddN', 'Sub', 'ReluGrad']);

/**
 * The inputs `[batch, time, channels]` whose values at a step decide, alone, all results at that step; none where the
 * node works otherwise.
 */
function valuesThrough(recording: Recording, { operation, inputs, outputs }: RecordedNode): number[] {
  if (outputs.some(({ shape }) => shape.length !== 3)) return [];
  if (valueByValue.has(operation) || operation === 'Cast') return [...inputs.keys()];
  const alongChannels = (axis: Source): boolean =>
    axis.kind === 'constant' && [2, -1].includes(recording.constants[axis.index].values[0]);
  if (operation === 'ConcatV2' && alongChannels(inputs[inputs.length - 1])) {
    return [...inputs.slice(0, -1).keys()];
  }
  if (operation === 'SplitV' && alongChannels(inputs[2])) return [0];
  return [];
}

/** Of these the ones that must be 0 for all results to be: of a gradient the first alone. */
function valueInputs(recording: Recording, node: RecordedNode): number[] {
  const through = valuesThrough(recording, node);
  return node.operation === 'ReluGrad' ? through.slice(0, 1) : through;
}
