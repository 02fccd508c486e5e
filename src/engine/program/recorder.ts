// Records what a function over tensors does, without computing any of it: every operation that would be executed is
// noted, and its results are tensors of known shape and no values. What needs values therefore cannot be recorded by
// mistake. Host data that enter (numbers, arrays, tensors from outside) become constants.
import tf from '#tfjs';
import { dataTypes, type Attribute } from '../tensorflow/register.js';
import {
  dataTypeNumber,
  tensorId,
  type Binding,
  type HostValues,
  type NodeBackend,
  type TensorMetadata,
} from './backend.js';
import { CaptureError } from './captureError.js';
import { impliedTypes, inferOutputs, type AbstractTensor, type OperationCall } from './operations.js';
import { whileRecording, type Hooks } from './whileRecording.js';

/** Where a value of a recording comes from. */
export type Source =
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'state'; readonly index: number }
  | { readonly kind: 'constant'; readonly index: number }
  | { readonly kind: 'node'; readonly index: number; readonly output: number };

/** One operation that was called. */
export interface RecordedNode {
  readonly operation: string;
  readonly attributes: readonly Attribute[];
  readonly inputs: readonly Source[];
  readonly outputs: readonly AbstractTensor[];
}

export interface RecordedConstant extends AbstractTensor {
  readonly values: HostValues;
}

/** What a function did. */
export interface Recording {
  readonly inputs: readonly AbstractTensor[];
  readonly nodes: readonly RecordedNode[];
  readonly constants: readonly RecordedConstant[];
  readonly outputs: readonly Source[];
  /** New values of state variables by their index. */
  readonly updates: ReadonlyMap<number, Source>;
}

/** What to record. */
export interface Recordable {
  readonly inputs: readonly { readonly shape: readonly number[]; readonly dtype: tf.DataType }[];
  /** Variables that the function may read and assign. */
  readonly state: readonly tf.Variable[];
  /** Called with tensors for the inputs. */
  readonly run: (inputs: tf.Tensor[]) => tf.Tensor[];
}

/**
 * Records one call of a function. Variables have their values of before again afterwards.
 *
 * @throws CaptureError for an operation that is not known, a read-back, a variable that is not part of the state, or a
 * tensor without values that would outlive the recording
 */
export function record(backend: NodeBackend, { inputs, state, run }: Recordable): Recording {
  // No program takes tensors of other types.
  const foreign = Object.values(tf.engine().registeredVariables).filter(
    (variable) => variable.dtype in dataTypes && !state.includes(variable),
  );
  const saved = new Map([...state, ...foreign].map((variable) => [variable, tf.clone(variable)]));
  const recorder = new Recorder(backend.binding, state);
  const made = new Set<tf.Tensor>();
  const alive = (): tf.Tensor[] =>
    [...made].filter((tensor) => !tensor.isDisposed && isAbstract(tensorId(backend, tensor)));
  const hooks: Hooks = {
    binding: recorder.binding,
    made: (tensor) => {
      if (!(tensor instanceof tf.Variable)) made.add(tensor);
    },
    makeVariable: (name) => recorder.refuseVariable(name),
  };
  try {
    return whileRecording(backend, hooks, () => {
      for (const [index, variable] of state.entries()) standIn(backend, variable, recorder.addState(index));
      const standIns = foreign.map((variable) => standIn(backend, variable, recorder.addForeign(variable)));
      const recording = inScope(() => {
        const given = inputs.map(({ shape, dtype }) =>
          backend.createOutputTensor(recorder.addInput({ shape, dtype: dataTypeNumber(dtype) })),
        );
        const outputs = recorder.watch(() => run(given));
        const sources = outputs.map((tensor) => recorder.sourceOf(tensorId(backend, tensor), 'an output'));
        const updates = new Map<number, Source>();
        for (const [i, variable] of state.entries()) {
          const source = recorder.sourceOf(tensorId(backend, variable), variable.name);
          if (source.kind !== 'state' || source.index !== i) updates.set(i, source);
        }
        // Results may be kept, as long as the function made them: others are their owners' business.
        tf.dispose(outputs.filter((tensor) => made.has(tensor)));
        const changed = foreign.find((variable, i) => variable.dataId !== standIns[i]);
        if (changed !== undefined) {
          throw new CaptureError(
            `Variable "${changed.name}" is assigned and not part of the program's state.`,
          );
        }
        return recorder.finish(sources, updates);
      });
      const kept = alive().at(0);
      if (kept !== undefined) recorder.refuseKept(tensorId(backend, kept));
      return recording;
    });
  } finally {
    tf.dispose(alive());
    for (const [variable, value] of saved) {
      variable.assign(value);
      value.dispose();
    }
  }
}

/** `tf.tidy` of a function that gives anything. */
function inScope<Result>(run: () => Result): Result {
  const results: Result[] = [];
  tf.tidy(() => {
    results.push(run());
  });
  return results[0];
}

/**
 * Gives a variable a tensor without values, and its identifier. The tensor that it has may be that of other variables and
 * of clones outside as well: it does not tell which one is meant.
 */
function standIn(backend: NodeBackend, variable: tf.Variable, metadata: TensorMetadata): object {
  const tensor = backend.createOutputTensor(metadata);
  variable.assign(tensor);
  tensor.dispose();
  return variable.dataId;
}

/**
 * Tensors without values have identifiers from here downwards, each another one as long as the process lives; tfjs-node
 * gives -1 to what is on the host.
 */
const firstAbstractId = -2;
let nextAbstractId = firstAbstractId;

function isAbstract(id: number): boolean {
  return id <= firstAbstractId;
}

class Recorder {
  readonly binding: Binding;
  private readonly inputs: AbstractTensor[] = [];
  private readonly nodes: RecordedNode[] = [];
  private readonly constants: RecordedConstant[] = [];
  private readonly sources = new Map<number, Source>();
  /** Names of variables that are not part of the state. */
  private readonly foreign = new Map<number, string>();
  private refusal: CaptureError | undefined;

  constructor(
    private readonly original: Binding,
    private readonly state: readonly tf.Variable[],
  ) {
    const overrides: Partial<Binding> = {
      executeOp: (...call) => this.noting(() => this.execute(...call)),
      createTensor: (...given) => this.createTensor(...given),
      tensorDataSync: (id) => this.noting(() => this.read(id)),
      runSavedModel: () => this.refuse('A program is run while another one is being recorded.'),
    };
    const descriptors = Object.entries(overrides).map(([name, value]) => [name, { value }] as const);
    this.binding = Object.create(original, Object.fromEntries(descriptors)) as Binding;
  }

  addInput(tensor: AbstractTensor): TensorMetadata {
    this.inputs.push(tensor);
    return this.define(tensor, { kind: 'input', index: this.inputs.length - 1 });
  }

  addState(index: number): TensorMetadata {
    const source = { kind: 'state', index } as const;
    return this.define(this.abstract(source), source);
  }

  addForeign({ name, shape, dtype }: tf.Variable): TensorMetadata {
    const id = nextAbstractId--;
    this.foreign.set(id, name);
    return { id, shape: [...shape], dtype: dataTypeNumber(dtype) };
  }

  finish(outputs: Source[], updates: ReadonlyMap<number, Source>): Recording {
    const { inputs, nodes, constants } = this;
    return { inputs, nodes, constants, outputs, updates };
  }

  /** Runs the function. What was refused stays refused, whatever the function makes of the error. */
  watch<Result>(run: () => Result): Result {
    try {
      const result = run();
      if (this.refusal === undefined) return result;
    } catch (error) {
      if (this.refusal === undefined) throw error;
    }
    throw this.refusal;
  }

  refuseVariable(name: string | undefined): never {
    return this.refuse(
      `The function makes a variable${name === undefined ? '' : ` "${name}"`}. Run it once eagerly before (an optimizer ` +
        'or a layer makes its variables at its first step), and put all variables into the state.',
    );
  }

  refuseKept(id: number): never {
    return this.refuse(
      `The function keeps ${this.nameOf(id)} beyond its call (tf.keep): in a graph its values are not known. Make it ` +
        'before the function is compiled, or at every call.',
    );
  }

  /** Where the tensor with that identifier comes from; a tensor from outside becomes a constant. */
  sourceOf(id: number, user: string): Source {
    const known = this.sources.get(id);
    if (known !== undefined) return known;
    const variable = this.foreign.get(id);
    if (variable !== undefined) {
      throw new CaptureError(
        `Variable "${variable}" is read by ${user} and not part of the program's state: its value would be frozen.`,
      );
    }
    if (isAbstract(id)) {
      throw new CaptureError(`A tensor that ${user} uses was made while another function was recorded.`);
    }
    // Shape and type as TensorFlow has them.
    const [copy] = this.original.executeOp('Identity', [], [id], 1);
    const values = this.original.tensorDataSync(copy.id);
    this.original.deleteTensor(copy.id);
    return this.addConstant(id, { shape: copy.shape, dtype: copy.dtype, values });
  }

  private refuse(reason: string): never {
    return this.noting(() => {
      throw new CaptureError(reason);
    });
  }

  /** Remembers the first refusal. */
  private noting<Result>(act: () => Result): Result {
    try {
      return act();
    } catch (error) {
      if (error instanceof CaptureError) this.refusal ??= error;
      throw error;
    }
  }

  private execute(
    operation: string,
    attributes: readonly Attribute[],
    ids: readonly number[],
    count: number,
  ): TensorMetadata[] {
    const inputs = ids.map((id) => this.sourceOf(id, `operation ${operation}`));
    const call: OperationCall = {
      operation,
      attributes: new Map(attributes.map(({ name, value }) => [name, value])),
      inputs: inputs.map((source) => this.abstract(source)),
      outputs: count,
    };
    const outputs = inferOutputs(call);
    const type = this.original.TF_ATTR_TYPE;
    const implied = impliedTypes(call).map(([name, value]) => ({ name, type, value }));
    const own = attributes.filter(({ name }) => implied.every((other) => other.name !== name));
    const node = { operation, attributes: [...own.map(copyOf), ...implied], inputs, outputs };
    const index = this.nodes.push(node) - 1;
    return outputs.map((tensor, output) => this.define(tensor, { kind: 'node', index, output }));
  }

  private createTensor(shape: readonly number[], dtype: number, values: ArrayLike<number>): number {
    // A real one: the tensor may have been made before, and live on when the recording is over.
    const id = this.original.createTensor(shape, dtype, values);
    this.addConstant(id, { shape: [...shape], dtype, values: this.original.tensorDataSync(id).slice() });
    return id;
  }

  private addConstant(id: number, constant: RecordedConstant): Source {
    const source: Source = { kind: 'constant', index: this.constants.push(constant) - 1 };
    this.sources.set(id, source);
    return source;
  }

  private read(id: number): HostValues {
    if (!isAbstract(id)) return this.original.tensorDataSync(id);
    throw new CaptureError(
      `The values of ${this.nameOf(id)} are read back (dataSync, data, arraySync or an operation that looks at values): in a ` +
        'graph they are not known yet.',
    );
  }

  /** What a tensor without values is, in words. */
  private nameOf(id: number): string {
    const source = this.sources.get(id);
    switch (source?.kind) {
      case 'node':
        return `the result of ${this.nodes[source.index].operation}`;
      case 'state':
        return `variable "${this.state[source.index].name}"`;
      case 'input':
        return 'an input';
      default:
        return `variable "${this.foreign.get(id) ?? 'of another function'}"`;
    }
  }

  private define(tensor: AbstractTensor, source: Source): TensorMetadata {
    const id = nextAbstractId--;
    this.sources.set(id, source);
    return { id, shape: [...tensor.shape], dtype: tensor.dtype };
  }

  private abstract(source: Source): AbstractTensor {
    switch (source.kind) {
      case 'input':
        return this.inputs[source.index];
      case 'constant':
        return this.constants[source.index];
      case 'node':
        return this.nodes[source.index].outputs[source.output];
      case 'state': {
        const { shape, dtype } = this.state[source.index];
        return { shape, dtype: dataTypeNumber(dtype) };
      }
    }
  }
}

/** An attribute whose caller may change its array afterwards. */
function copyOf({ name, type, value }: Attribute): Attribute {
  return { name, type, value: typeof value === 'object' ? [...value] : value };
}
