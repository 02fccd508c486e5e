// What the simplifications of a recording have in common: to walk over it and build another one, to compute once what
// is computed repeatedly, and to leave out what nothing needs.
import type { RecordedNode, Recording, Source } from './recorder.js';

/** Adds a node to the new recording and gives its first output. */
export type Emit = (node: RecordedNode) => Source;

/**
 * A recording made of another one, node by node. `visit` sees each node with its inputs as they are in the new one, and
 * gives what its outputs are there: those of nodes that it emits, or values that are there already.
 */
export function rebuild(
  recording: Recording,
  visit: (node: RecordedNode, emit: Emit, index: number) => readonly Source[],
): Recording {
  const nodes: RecordedNode[] = [];
  const outputs: (readonly Source[])[] = [];
  const emit: Emit = (node) => ({ kind: 'node', index: nodes.push(node) - 1, output: 0 });
  const replace = (source: Source): Source =>
    source.kind === 'node' ? outputs[source.index][source.output] : source;
  for (const [index, node] of recording.nodes.entries()) {
    outputs.push(visit({ ...node, inputs: node.inputs.map(replace) }, emit, index));
  }
  return {
    ...recording,
    nodes,
    outputs: recording.outputs.map(replace),
    updates: new Map([...recording.updates].map(([index, source]) => [index, replace(source)])),
  };
}

/** Emits a node as it is: the outputs to give for it. */
export function kept(node: RecordedNode, emit: Emit): Source[] {
  return outputsOf(emit(node), node);
}

/** All outputs of an emitted node. */
export function outputsOf(first: Source, { outputs }: RecordedNode): Source[] {
  return outputs.map((_, output) => (first.kind === 'node' ? { ...first, output } : first));
}

/** Computes once what several nodes compute from the same inputs. Every node is free of side effects. */
export function shareRepeated(recording: Recording): Recording {
  const known = new Map<string, Source[]>();
  const constants = constantKeys(recording);
  return rebuild(recording, (node, emit) => {
    const values = node.inputs.map((source) =>
      source.kind === 'constant' ? constants[source.index] : keyOf(source),
    );
    const key = `${node.operation} ${values.join()} ${JSON.stringify(node.attributes)}`;
    const outputs = known.get(key) ?? kept(node, emit);
    known.set(key, outputs);
    return outputs;
  });
}

/** Leaves out the nodes that nothing needs. */
export function prune(recording: Recording): Recording {
  const needed = new Set<number>();
  const need = (source: Source): void => {
    if (source.kind === 'node') needed.add(source.index);
  };
  recording.outputs.forEach(need);
  for (const source of recording.updates.values()) need(source);
  for (const [index, { inputs }] of [...recording.nodes.entries()].reverse()) {
    if (needed.has(index)) inputs.forEach(need);
  }
  return rebuild(recording, (node, emit, index) => (needed.has(index) ? kept(node, emit) : []));
}

/** Tells values of a recording apart. */
export function keyOf(source: Source): string {
  return source.kind === 'node' ? `node ${source.index}:${source.output}` : `${source.kind} ${source.index}`;
}

/** For each constant: its type, shape and content, or its place where it is large. */
function constantKeys({ constants }: Recording): string[] {
  return constants.map(({ dtype, shape, values }, i) => {
    if (values.length > 64) return `constant ${i}`;
    const content = Array.from(values, (value) => (Object.is(value, -0) ? '-0' : String(value)));
    return `constant ${dtype} [${shape.join()}] ${content.join()}`;
  });
}
