// Takes out of a recording what a graph need not do twice or at all: repeated computations, masking of what is masked
// already, and masking of what nothing reads. Layers mask their inputs and outputs each for itself; in a whole network
// most of that is not needed, and every masking is a pass over memory.
import type { RecordedNode, Recording, Source } from './recorder.js';

/** The recording with the same outputs and updates, and fewer nodes. Every node is free of side effects. */
export function simplify(recording: Recording): Recording {
  return prune(dropUnreadMasks(dropRepeatedMasks(shareRepeated(recording))));
}

/** Replaces every use of a value by another value for it. */
type Substitution = (source: Source) => Source;

function substitute(recording: Recording, nodes: readonly RecordedNode[], replace: Substitution): Recording {
  return {
    ...recording,
    nodes,
    outputs: recording.outputs.map(replace),
    updates: new Map([...recording.updates].map(([index, source]) => [index, replace(source)])),
  };
}

/** Nodes in order, each seen with its inputs replaced already; `see` tells what its results are replaced by. */
function rewrite(
  recording: Recording,
  see: (node: RecordedNode, index: number) => ((output: number) => Source) | null,
): Recording {
  const replacements = new Map<number, (output: number) => Source>();
  const replace: Substitution = (source) =>
    source.kind === 'node' ? (replacements.get(source.index)?.(source.output) ?? source) : source;
  const nodes = recording.nodes.map((node, index) => {
    const rewritten = { ...node, inputs: node.inputs.map(replace) };
    const replacement = see(rewritten, index);
    if (replacement !== null) replacements.set(index, replacement);
    return rewritten;
  });
  return substitute(recording, nodes, replace);
}

/** Computes once what several nodes compute from the same inputs. */
function shareRepeated(recording: Recording): Recording {
  const known = new Map<string, number>();
  const constants = constantKeys(recording);
  return rewrite(recording, ({ operation, attributes, inputs }, index) => {
    const values = inputs.map((source) =>
      source.kind === 'constant' ? constants[source.index] : keyOf(source),
    );
    const key = `${operation} ${values.join()} ${JSON.stringify(attributes)}`;
    const first = known.get(key);
    known.set(key, first ?? index);
    return first === undefined ? null : (output) => ({ kind: 'node', index: first, output });
  });
}

/** Takes a mask operation out where what it masks is 0 there already, whatever was computed. */
function dropRepeatedMasks(recording: Recording): Recording {
  /** By value: the mask beyond which it is 0. */
  const zeroBeyond = new Map<string, string>();
  return rewrite(recording, (node, index) => {
    const { operation, inputs } = node;
    const own = maskInput(operation);
    if (own !== null) {
      const mask = keyOf(inputs[own.mask]);
      if (operation === maskOperation && zeroBeyond.get(keyOf(inputs[0])) === mask) return () => inputs[0];
      for (const output of own.masked) zeroBeyond.set(keyOf({ kind: 'node', index, output }), mask);
    } else if (keepsZero(node)) {
      const masks = new Set(valueInputs(node).map((source) => zeroBeyond.get(keyOf(source))));
      const [mask] = masks;
      if (masks.size === 1 && mask !== undefined) {
        for (const output of node.outputs.keys())
          zeroBeyond.set(keyOf({ kind: 'node', index, output }), mask);
      }
    }
    return null;
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
    const own = maskInput(node.operation);
    const results = node.outputs.map((_, output) => unread.get(keyOf({ kind: 'node', index, output })));
    const [result] = results;
    const passesOn = keepsZero(node) && results.length === 1 && result !== undefined;
    for (const [i, source] of node.inputs.entries()) {
      if (own?.unread.includes(i) === true) use(source, keyOf(node.inputs[own.mask]));
      else use(source, passesOn ? result : null);
    }
  }
  return rewrite(recording, ({ operation, inputs }, index) => {
    if (operation !== maskOperation) return null;
    const mask = unread.get(keyOf({ kind: 'node', index, output: 0 }));
    return mask === keyOf(inputs[1]) ? () => inputs[0] : null;
  });
}

const maskOperation = 'MasqMaskSteps';

/** How operations of masq treat a mask. */
interface MaskUse {
  /** Which input is the mask. */
  readonly mask: number;
  /** Outputs that are 0 beyond it. */
  readonly masked: readonly number[];
  /** Inputs that are not read beyond it. */
  readonly unread: readonly number[];
}

const maskUses: Readonly<Record<string, MaskUse>> = {
  [maskOperation]: { mask: 1, masked: [0], unread: [0] },
  MasqBatchNorm: { mask: 1, masked: [0], unread: [0] },
  MasqBatchNormGrad: { mask: 2, masked: [0], unread: [0, 1] },
  MasqNormalize: { mask: 1, masked: [0], unread: [0] },
  MasqAverageOverTime: { mask: 1, masked: [], unread: [0] },
  MasqAverageOverTimeGrad: { mask: 1, masked: [0], unread: [] },
  MasqAdd: { mask: 2, masked: [0], unread: [0, 1] },
  MasqReluGrad: { mask: 2, masked: [0], unread: [0, 1] },
  MasqScaleChannels: { mask: 2, masked: [0], unread: [0] },
  MasqScaleChannelsGrad: { mask: 3, masked: [0], unread: [0, 1] },
  MasqSqueezeExcite: { mask: 1, masked: [0], unread: [0] },
  MasqSqueezeExciteGrad: { mask: 2, masked: [0], unread: [0, 1] },
};

function maskInput(operation: string): MaskUse | null {
  return Object.hasOwn(maskUses, operation) ? maskUses[operation] : null;
}

/** Operations that work value by value, and give 0 for 0. */
const valueByValue = new Set(['Identity', 'Neg', 'Relu', 'Relu6', 'Add', 'AddV2', 'AddN', 'Sub', 'ReluGrad']);

/** Whether a node works on each step by itself, on inputs of one shape, and gives 0 where all of them are 0. */
function keepsZero({ operation, outputs }: RecordedNode): boolean {
  return valueByValue.has(operation) && outputs.length === 1 && outputs[0].shape.length === 3;
}

/** The inputs that must be 0 for the result to be: of a gradient the first alone. */
function valueInputs({ operation, inputs }: RecordedNode): readonly Source[] {
  return operation === 'ReluGrad' ? inputs.slice(0, 1) : inputs;
}

/** Leaves out the nodes that nothing needs. */
function prune(recording: Recording): Recording {
  const needed = new Set<number>();
  const need = (source: Source): void => {
    if (source.kind === 'node') needed.add(source.index);
  };
  recording.outputs.forEach(need);
  for (const source of recording.updates.values()) need(source);
  for (const [index, { inputs }] of [...recording.nodes.entries()].reverse()) {
    if (needed.has(index)) inputs.forEach(need);
  }
  const kept = [...needed].sort((a, b) => a - b);
  const place = new Map(kept.map((index, i) => [index, i]));
  const replace: Substitution = (source) =>
    source.kind === 'node' ? { ...source, index: place.get(source.index) ?? source.index } : source;
  const nodes = kept.map((index) => {
    const node = recording.nodes[index];
    return { ...node, inputs: node.inputs.map(replace) };
  });
  return substitute(recording, nodes, replace);
}

function keyOf(source: Source): string {
  return source.kind === 'node' ? `node ${source.index}:${source.output}` : `${source.kind} ${source.index}`;
}

/** For each constant: its type, shape and content, or its place where it is large. */
function constantKeys({ constants }: Recording): string[] {
  return constants.map(({ dtype, shape, values }, i) =>
    values.length <= 64
      ? `constant ${dtype} [${shape.join()}] ${Array.from(values, (value) => (Object.is(value, -0) ? '-0' : value)).join()}`
      : `constant ${i}`,
  );
}
