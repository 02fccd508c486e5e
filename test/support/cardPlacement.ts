// Where the operations of a graph run on a machine with a graphics card, and in whose memory their values are, told by the kernels that
// TensorFlow's library has registered (tensorflow/core/framework/{graph,op_def,kernel_def}.proto, whose field numbers stand here).
import { PbfReader } from 'pbf';

/** What a library has. */
export interface Registry {
  readonly operations: ReadonlyMap<string, Operation>;
  readonly kernels: ReadonlyMap<string, readonly Kernel[]>;
}

interface Argument {
  readonly name: string;
  /** Attributes that say how many tensors it is, by a number or by a list of types. */
  readonly count: string;
  readonly types: string;
}

interface Operation {
  readonly inputs: readonly Argument[];
  readonly outputs: readonly Argument[];
  /** Types that attributes have by default. */
  readonly defaults: ReadonlyMap<string, AttributeValue>;
}

interface Kernel {
  readonly device: string;
  readonly label: string;
  /** Types that it takes, by attribute. */
  readonly types: ReadonlyMap<string, readonly number[]>;
  /** Arguments that are in the memory of the host. */
  readonly host: ReadonlySet<string>;
}

interface AttributeValue {
  type?: number;
  integer?: number;
  types: number[];
}

interface Node {
  readonly name: string;
  readonly operation: string;
  readonly inputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeValue>;
}

/** A node on a machine with a card. */
export interface PlacedNode {
  readonly name: string;
  /** E.g. `Add int32`: the types of its attributes behind its name. */
  readonly what: string;
  /** Whether there is a kernel for cards. */
  readonly onCard: boolean;
  /** Nodes whose results are on the card and needed by this one on the host, which waits for them. */
  readonly waitsFor: readonly string[];
}

/** @param operations,kernels what `registeredKernels.py` writes */
export function readRegistry(operations: Uint8Array, kernels: Uint8Array): Registry {
  const ops = new Map<string, Operation>();
  each(operations, (tag, pbf) => {
    if (tag !== 1) return;
    let name = '';
    const [inputs, outputs] = [[], []] as Argument[][];
    const defaults = new Map<string, AttributeValue>();
    each(pbf.readBytes(), (field, op) => {
      if (field === 1) name = op.readString();
      else if (field === 2) inputs.push(argument(op.readBytes()));
      else if (field === 3) outputs.push(argument(op.readBytes()));
      else if (field === 4) {
        let attribute = '';
        each(op.readBytes(), (part, attr) => {
          if (part === 1) attribute = attr.readString();
          else if (part === 3) defaults.set(attribute, attributeValue(attr.readBytes()));
        });
      }
    });
    ops.set(name, { inputs, outputs, defaults });
  });
  const byOperation = new Map<string, Kernel[]>();
  each(kernels, (tag, pbf) => {
    if (tag !== 1) return;
    let [operation, device, label] = ['', '', ''];
    const types = new Map<string, number[]>();
    const host = new Set<string>();
    each(pbf.readBytes(), (field, kernel) => {
      if (field === 1) operation = kernel.readString();
      else if (field === 2) device = kernel.readString();
      else if (field === 3) {
        let name = '';
        each(kernel.readBytes(), (part, constraint) => {
          if (part === 1) name = constraint.readString();
          else if (part === 2) types.set(name, attributeValue(constraint.readBytes()).types);
        });
      } else if (field === 4) host.add(kernel.readString());
      else if (field === 5) label = kernel.readString();
    });
    byOperation.set(operation, [...(byOperation.get(operation) ?? []), { device, label, types, host }]);
  });
  return { operations: ops, kernels: byOperation };
}

/** @param model a serialized `SavedModel` with one graph */
export function placeOnCard(model: Uint8Array, { operations, kernels }: Registry): PlacedNode[] {
  const nodes = new Map(readNodes(model).map((node) => [node.name, node]));
  const placed = new Map<string, { kernel: Kernel | undefined; operation: Operation }>();
  for (const node of nodes.values()) {
    const operation = operations.get(node.operation);
    if (operation === undefined) throw new Error(`TensorFlow has no operation ${node.operation}.`);
    const typeOf = (name: string) => (node.attributes.get(name) ?? operation.defaults.get(name))?.type ?? 0;
    const kernel = ['GPU', 'DEFAULT']
      .flatMap((device) => (kernels.get(node.operation) ?? []).filter((each) => each.device === device))
      .find(
        ({ label, types }) =>
          label === '' && [...types].every(([name, allowed]) => allowed.includes(typeOf(name))),
      );
    placed.set(node.name, { kernel, operation });
  }
  // A variable that is on the host keeps there what reads or assigns it.
  const handleOf = (name: string): string => {
    const node = required(nodes.get(name));
    const first = node.inputs.at(0)?.replace(/:\d+$/, '');
    const takesHandle = /^(ReadVariableOp|AssignVariableOp)$/.test(node.operation) || isResource(node);
    return takesHandle && first !== undefined && !first.startsWith('^') ? handleOf(first) : name;
  };
  const kernelOf = (name: string): Kernel | undefined =>
    placed.get(handleOf(name))?.kernel && placed.get(name)?.kernel;
  const isOnHost = (name: string, side: 'inputs' | 'outputs', index: number): boolean => {
    const { operation } = required(placed.get(name));
    const kernel = kernelOf(name);
    // What a run is given comes from the host.
    if (kernel === undefined || nodes.get(name)?.operation === 'Placeholder') return true;
    const names = operation[side].flatMap((each) => repeated(each, required(nodes.get(name))));
    return kernel.host.has(names[index]);
  };
  return [...nodes.values()].map((node) => {
    const data = node.inputs.filter((input) => !input.startsWith('^'));
    const waitsFor = data.flatMap((input, i) => {
      const [from, output = '0'] = input.split(':');
      return isOnHost(node.name, 'inputs', i) && !isOnHost(from, 'outputs', Number(output)) ? [from] : [];
    });
    return {
      name: node.name,
      what: describe(node),
      onCard: kernelOf(node.name) !== undefined,
      waitsFor,
    };
  });
}

function readNodes(model: Uint8Array): Node[] {
  const nodes: Node[] = [];
  const within = (bytes: Uint8Array, tag: number, take: (inner: Uint8Array) => void): void => {
    each(bytes, (field, pbf) => {
      if (field === tag) take(pbf.readBytes());
    });
  };
  within(model, 2, (metaGraph) => {
    within(metaGraph, 2, (graph) => {
      within(graph, 1, (bytes) => {
        let [name, operation] = ['', ''];
        const inputs: string[] = [];
        const attributes = new Map<string, AttributeValue>();
        each(bytes, (field, node) => {
          if (field === 1) name = node.readString();
          else if (field === 2) operation = node.readString();
          else if (field === 3) inputs.push(node.readString());
          else if (field === 5) {
            let key = '';
            each(node.readBytes(), (part, entry) => {
              if (part === 1) key = entry.readString();
              else if (part === 2) attributes.set(key, attributeValue(entry.readBytes()));
            });
          }
        });
        nodes.push({ name, operation, inputs, attributes });
      });
    });
  });
  return nodes;
}

function isResource({ operation, attributes }: Node): boolean {
  return operation === 'Enter' && attributes.get('T')?.type === 20;
}

/** The name of an argument, once for each tensor of it. */
function repeated({ name, count, types }: Argument, { attributes }: Node): string[] {
  const times =
    types !== '' ? attributes.get(types)?.types.length : count !== '' ? attributes.get(count)?.integer : 1;
  return new Array<string>(times ?? 1).fill(name);
}

const typeNames = new Map([
  [1, 'float32'],
  [3, 'int32'],
  [9, 'int64'],
  [10, 'bool'],
  [14, 'bfloat16'],
  [20, 'resource'],
]);

function describe({ operation, attributes }: Node): string {
  const types = [...attributes].flatMap(([key, { type }]) =>
    type === undefined ||
    /^T(idx|dim|shape|perm|len|seed|axis|I|multiples|indices|paddings|block|crops)/i.test(key)
      ? []
      : [typeNames.get(type) ?? `type ${type}`],
  );
  return [operation, ...new Set(types)].join(' ');
}

function argument(bytes: Uint8Array): Argument {
  const found = { name: '', count: '', types: '' };
  each(bytes, (field, pbf) => {
    if (field === 1) found.name = pbf.readString();
    else if (field === 5) found.count = pbf.readString();
    else if (field === 6) found.types = pbf.readString();
  });
  return found;
}

function attributeValue(bytes: Uint8Array): AttributeValue {
  const value: AttributeValue = { types: [] };
  each(bytes, (field, pbf) => {
    if (field === 3) value.integer = pbf.readVarint();
    else if (field === 6) value.type = pbf.readVarint();
    else if (field === 1)
      each(pbf.readBytes(), (part, list) => {
        if (part === 6) list.readPackedVarint(value.types);
      });
  });
  return value;
}

/** Goes through the fields of a message; what is not read is passed over. */
function each(bytes: Uint8Array, take: (field: number, pbf: PbfReader) => void): void {
  new PbfReader(bytes).readFields((field, _, pbf) => {
    take(field, pbf);
  }, null);
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('The graph names a node that it has not.');
  return value;
}
