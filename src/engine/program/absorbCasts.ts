// Lets masq's own operations read and write bfloat16 directly. Recorded, a convolution in bfloat16 stands between casts
// from and to float32, each a pass over memory; an operation that widens what it reads and rounds what it writes gives
// the same bits without them.
import { dataTypes, typeAttribute, type Attribute } from '../tensorflow/register.js';
import type { RecordedNode, Recording, Source } from './recorder.js';
import { kept, keyOf, outputsOf, prune, rebuild, shareRepeated, type Emit } from './rewriting.js';

/** The recording with casts moved into the operations before and after them. */
export function absorbCasts(recording: Recording): Recording {
  if (!recording.nodes.some(isNarrowing)) return recording;
  const moved = prune(shareRepeated(narrowEarlier(shareRepeated(widenLater(recording)))));
  return prune(writeNarrow(moved));
}

/** Tensors of an operation that may be bfloat16, by the attribute that says so. */
interface TypedTensors {
  readonly inputs: ReadonlyMap<number, string>;
  readonly outputs: ReadonlyMap<number, string>;
}

const typed = new Map<string, TypedTensors>([
  ['MasqBatchNorm', { inputs: new Map([[0, 'Tx']]), outputs: new Map([[0, 'Ty']]) }],
  ['MasqBatchNormGrad', gradient('Tdy', 'Tx')],
  ['MasqNormalize', { inputs: new Map([[0, 'Tx']]), outputs: new Map([[0, 'Ty']]) }],
  ['MasqAdd', { inputs: new Map([[0, 'Ta'], [1, 'Tb']]), outputs: new Map([[0, 'Ty']]) }], // prettier-ignore
  ['MasqReluGrad', gradient('Tdy', 'Ty')],
  ['MasqScaleChannels', { inputs: new Map([[0, 'Tx']]), outputs: new Map([[0, 'Ty']]) }],
  ['MasqScaleChannelsGrad', gradient('Tdy', 'Tx')],
  ['MasqAverageOverTime', { inputs: new Map([[0, 'Tx']]), outputs: new Map() }],
  ['MasqAverageOverTimeGrad', { inputs: new Map(), outputs: new Map([[0, 'Tdx']]) }],
  ['MasqMaxOverWindows', { inputs: new Map([[0, 'Tx']]), outputs: new Map([[0, 'Ty']]) }],
  ['MasqMaxOverWindowsGrad', gradient('Tdy', 'Tx')],
  ['MasqSqueezeExcite', { inputs: new Map([[0, 'Tx']]), outputs: new Map([[0, 'Ty']]) }],
  ['MasqSqueezeExciteGrad', gradient('Tdy', 'Tx')],
]);

/** A gradient `dx` from two tensors. */
function gradient(first: string, second: string): TypedTensors {
  return {
    inputs: new Map([
      [0, first],
      [1, second],
    ]),
    outputs: new Map([[0, 'Tdx']]),
  };
}

const untyped: TypedTensors = { inputs: new Map(), outputs: new Map() };

/** Operations that only move values: the attribute with their type, and how many of their last inputs are no values. */
const movers = new Map([
  ['Reshape', { type: 'T', others: 1 }],
  ['MasqMaskSteps', { type: 'Tx', others: 1 }],
  ['ConcatV2', { type: 'T', others: 1 }],
  ['SplitV', { type: 'T', others: 2 }],
]);

/**
 * Moves casts to float32 behind operations that only move values and into operations that can read bfloat16, and drops
 * those that are cast back.
 */
function widenLater(recording: Recording): Recording {
  /** What the results of casts to float32 are casts of. */
  const narrow = new Map<string, Source>();
  return rebuild(recording, (node, emit) => {
    const narrowed = node.inputs.map((source) => narrow.get(keyOf(source)));
    if (isNarrowing(node) && narrowed[0] !== undefined) return [narrowed[0]];
    const mover = movers.get(node.operation);
    if (mover !== undefined) {
      const inputs = node.inputs.map((source, i) => narrowed[i] ?? source);
      const values = narrowed.slice(0, narrowed.length - mover.others);
      if (values.every((source) => source !== undefined)) {
        return emitNarrow({ ...node, inputs }, mover.type, emit).map((source, i) => {
          const widened = emit(castNode('float32', source, node.outputs[i].shape));
          narrow.set(keyOf(widened), source);
          return widened;
        });
      }
    }
    const { inputs: readable } = typed.get(node.operation) ?? untyped;
    const absorbed = [...readable].filter(([input]) => narrowed[input] !== undefined);
    const inputs = node.inputs.map((source, i) => (readable.has(i) ? (narrowed[i] ?? source) : source));
    const types = absorbed.map(([, name]) => name);
    const outputs = kept({ ...node, inputs, attributes: withTypes(node, types) }, emit);
    if (isWidening(node)) narrow.set(keyOf(outputs[0]), node.inputs[0]);
    return outputs;
  });
}

/** Moves casts to bfloat16 before operations that only move values. */
function narrowEarlier(recording: Recording): Recording {
  const onlyNarrowed = narrowedResults(recording);
  /** By result: the node that moved the values there, and which of its results it is. */
  const movedBy = new Map<string, { node: RecordedNode; shape: readonly number[]; output: number }>();
  return rebuild(recording, (node, emit, index) => {
    const moved = isNarrowing(node) ? movedBy.get(keyOf(node.inputs[0])) : undefined;
    if (moved !== undefined) {
      const cast = emit(castNode('bfloat16', moved.node.inputs[0], moved.shape));
      const type = movers.get(moved.node.operation)?.type ?? 'T';
      const inputs = [cast, ...moved.node.inputs.slice(1)];
      return [emitNarrow({ ...moved.node, inputs }, type, emit)[moved.output]];
    }
    const outputs = kept(node, emit);
    const movesOne = movers.has(node.operation) && node.operation !== 'ConcatV2';
    const [before] = recording.nodes[index].inputs;
    if (
      movesOne &&
      before.kind !== 'state' &&
      node.outputs.every((_, output) => onlyNarrowed(index, output))
    ) {
      const shape = shapeOf(recording, before);
      for (const [output, source] of outputs.entries()) movedBy.set(keyOf(source), { node, shape, output });
    }
    return outputs;
  });
}

/** Lets operations write bfloat16 where all that use a result want it so. */
function writeNarrow(recording: Recording): Recording {
  const onlyNarrowed = narrowedResults(recording);
  const narrow = new Set<string>();
  return rebuild(recording, (node, emit, index) => {
    if (isNarrowing(node) && narrow.has(keyOf(node.inputs[0]))) return [node.inputs[0]];
    const { outputs: writable } = typed.get(node.operation) ?? untyped;
    const wanted = [...writable].filter(([output]) => onlyNarrowed(index, output));
    const types = wanted.map(([, name]) => name);
    const outputs = kept(
      {
        ...node,
        attributes: withTypes(node, types),
        outputs: node.outputs.map((tensor, output) =>
          wanted.some(([narrowed]) => narrowed === output)
            ? { ...tensor, dtype: dataTypes.bfloat16 }
            : tensor,
        ),
      },
      emit,
    );
    for (const [output] of wanted) narrow.add(keyOf(outputs[output]));
    return outputs;
  });
}

/** The attributes of a node with these types set to bfloat16. */
function withTypes({ attributes }: RecordedNode, names: readonly string[]): Attribute[] {
  const types = names.map((name) => ({ name, type: typeAttribute, value: dataTypes.bfloat16 }));
  return [...attributes.filter(({ name }) => !names.includes(name)), ...types];
}

/** The shape of a value of the recording. */
function shapeOf({ inputs, constants, nodes }: Recording, source: Exclude<Source, { kind: 'state' }>) {
  if (source.kind === 'node') return nodes[source.index].outputs[source.output].shape;
  return (source.kind === 'input' ? inputs : constants)[source.index].shape;
}

/** Tells of a result whether it is used, and by casts to bfloat16 alone. */
function narrowedResults(recording: Recording): (index: number, output: number) => boolean {
  const users = new Map<string, boolean>();
  const use = (source: Source, narrows: boolean): void => {
    const key = keyOf(source);
    users.set(key, narrows && (users.get(key) ?? true));
  };
  for (const node of recording.nodes) for (const source of node.inputs) use(source, isNarrowing(node));
  for (const source of [...recording.outputs, ...recording.updates.values()]) use(source, false);
  return (index, output) => users.get(keyOf({ kind: 'node', index, output })) === true;
}

function isNarrowing(node: RecordedNode): boolean {
  return node.operation === 'Cast' && typeOf(node, 'SrcT') === dataTypes.float32 && typeOf(node, 'DstT') === dataTypes.bfloat16; // prettier-ignore
}

function isWidening(node: RecordedNode): boolean {
  return node.operation === 'Cast' && typeOf(node, 'SrcT') === dataTypes.bfloat16 && typeOf(node, 'DstT') === dataTypes.float32; // prettier-ignore
}

function typeOf({ attributes }: RecordedNode, name: string): Attribute['value'] | undefined {
  return attributes.find((attribute) => attribute.name === name)?.value;
}

/** A node whose values are bfloat16: all its outputs are. */
function emitNarrow(node: RecordedNode, type: string, emit: Emit): Source[] {
  const outputs = node.outputs.map((tensor) => ({ ...tensor, dtype: dataTypes.bfloat16 }));
  const narrowed = { ...node, attributes: withTypes(node, [type]), outputs };
  return outputsOf(emit(narrowed), narrowed);
}

function castNode(to: 'float32' | 'bfloat16', input: Source, shape: readonly number[]): RecordedNode {
  const from = to === 'float32' ? 'bfloat16' : 'float32';
  const attributes: Attribute[] = [
    { name: 'SrcT', type: typeAttribute, value: dataTypes[from] },
    { name: 'DstT', type: typeAttribute, value: dataTypes[to] },
  ];
  return { operation: 'Cast', attributes, inputs: [input], outputs: [{ shape, dtype: dataTypes[to] }] };
}
