// A compiled program: functions over tensors and variables, recorded once and replayed as TensorFlow graphs. All its
// entries (a training step, an evaluation, each for every batch shape) share their state, which stays inside TensorFlow.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tf from '#tfjs';
import { messageOf } from '../../shared/errors.js';
import {
  dataTypeNumber,
  nodeBackend,
  tensorId,
  type DataType,
  type NodeBackend,
  type TensorMetadata,
} from './backend.js';
import { CaptureError } from './captureError.js';
import { entryIn, nodeNames } from './frame.js';
import { savedModel } from './graph.js';
import { record } from './recorder.js';
import { assertRepeatable } from './repeatable.js';
import { simplify } from './simplify.js';

/** Shape and type of an input. */
export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: DataType;
}

/** A function to compile. */
export interface Entry {
  /** Its inputs by name: all that varies from call to call, besides the state. */
  readonly inputs: Readonly<Record<string, TensorSpec>>;
  /**
   * The function. It may read and assign the program's variables. Whatever else it uses (numbers, tensors from outside)
   * is frozen as it is when the program is compiled.
   */
  readonly run: (inputs: Record<string, tf.Tensor>) => tf.NamedTensorMap;
  /**
   * The most times that one call runs the function, each after the assignments of the one before. Inputs and results of all
   * times are then stacked, `[repeat, …]`; the function itself still sees one of them. Default: the function runs once, and
   * nothing is stacked.
   */
  readonly repeat?: number;
}

export interface ProgramSource {
  /** Variables that entries read or assign; their names are different. */
  readonly state: readonly tf.Variable[];
  /**
   * Variables that entries only read, such as the data to train on. Their values are copied into the program once and stay on
   * its device; the variables may be disposed of then.
   */
  readonly data?: readonly tf.Variable[];
  readonly entries: Readonly<Record<string, Entry>>;
}

/** A compiled program. Its state begins with the values that the variables have when it is compiled. */
export interface Program {
  readonly entries: readonly string[];
  /** Time to record and load, in seconds. TensorFlow prepares each entry at its first run besides. */
  readonly captureSeconds: number;
  /**
   * Runs an entry: assigns its variables and gives its results, which the caller disposes of.
   *
   * @param times how often an entry that repeats is to run; results of further times are 0. Default: as often as it can
   * @throws RangeError for an unknown entry, an input that is unknown, missing or of another shape or type, or more times than
   * the entry repeats
   * @throws Error when the program has been disposed of
   */
  run(entry: string, inputs: tf.NamedTensorMap, times?: number): tf.NamedTensorMap;
  /** The state by the names of the variables; the caller disposes of it. The variables themselves stay as they were. */
  readState(): tf.NamedTensorMap;
  /** Sets the state; takes the values of all variables by name. */
  writeState(values: tf.NamedTensorMap): void;
  /** Frees the graph and its state; the program runs no more. */
  dispose(): void;
}

interface CompiledEntry {
  readonly inputs: readonly (readonly [string, TensorSpec])[];
  readonly inputNames: string;
  readonly outputs: readonly string[];
  readonly outputNames: string;
  readonly repeat: number | null;
}

/**
 * Compiles functions into one TensorFlow graph. Each is recorded twice without computing anything, so it must not
 * depend on being called, and do the same at every call.
 *
 * @throws CaptureError when a function cannot be a graph, naming the operation and the reason; go on eagerly then
 */
export function compile({ state, data = [], entries }: ProgramSource): Program {
  const began = performance.now();
  const backend = nodeBackend();
  const variables = [...state, ...data];
  const names = variables.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new CaptureError(`Two variables of the state are called "${twice}".`);
  const compiled = new Map<string, CompiledEntry>();
  const recorded = Object.entries(entries).map(([name, entry], index) => {
    const { repeat = null } = entry;
    assertWhole(name, entry);
    const { recording, outputs } = recordEntry(backend, variables, name, entry);
    const assigned = data.find((_, i) => recording.updates.has(state.length + i));
    if (assigned !== undefined)
      throw new CaptureError(`"${name}" assigns "${assigned.name}", which is data and only read.`);
    const inputs = Object.entries(entry.inputs).map(([key, spec]) => [key, stacked(spec, repeat)] as const);
    const inputNames = [
      ...inputs.map((_, i) => nodeNames.input(index, i)),
      ...(repeat === null ? [] : [nodeNames.times(index)]),
    ];
    compiled.set(name, {
      inputs,
      inputNames: joined(inputNames, (i) => inputNames[i]),
      outputs,
      outputNames: joined(outputs, (i) => nodeNames.output(index, i)),
      repeat,
    });
    return { recording, repeat };
  });
  const held = (list: readonly tf.Variable[]) =>
    list.map(({ shape, dtype }) => ({ shape, dtype: dataTypeNumber(dtype) }));
  const model = savedModel(recorded, { state: held(state), data: held(data) }, backend.binding);
  const session = load(backend, model, [...compiled.keys()]);
  const program = new LoadedProgram(backend, session, state, compiled);
  program.writeState(valuesOf(state));
  program.placeData(data);
  program.captureSeconds = (performance.now() - began) / 1000;
  return program;
}

/** Shape and type of an input that is given for all times at once. */
function stacked({ shape, dtype }: TensorSpec, repeat: number | null): TensorSpec {
  return { shape: repeat === null ? shape : [repeat, ...shape], dtype };
}

function valuesOf(variables: readonly tf.Variable[]): tf.NamedTensorMap {
  return Object.fromEntries(variables.map((variable) => [variable.name, variable]));
}

/** @throws CaptureError for a shape with a size left open, or a number of times that is none */
function assertWhole(entry: string, { inputs, repeat = 1 }: Entry): void {
  if (!Number.isInteger(repeat) || repeat < 1)
    throw new CaptureError(
      `"${entry}" cannot be compiled: repeat is ${repeat}, expected a whole number from 1.`,
    );
  for (const [name, { shape }] of Object.entries(inputs)) {
    if (shape.every((size) => Number.isInteger(size) && size >= 0)) continue;
    throw new CaptureError(
      `"${entry}" cannot be compiled. The shape of its input "${name}" is [${shape.map(String).join(', ')}]; expected ` +
        'whole numbers: an entry is for one set of shapes, and another shape is another entry.',
    );
  }
}

function recordEntry(
  backend: NodeBackend,
  state: readonly tf.Variable[],
  name: string,
  { inputs, run }: Entry,
) {
  let outputs: string[] = [];
  const recordable = {
    inputs: Object.values(inputs),
    state,
    run: (tensors: tf.Tensor[]): tf.Tensor[] => {
      const results: unknown = run(
        Object.fromEntries(Object.keys(inputs).map((key, i) => [key, tensors[i]])),
      );
      const tensorsByName = namedTensors(results);
      outputs = Object.keys(tensorsByName);
      return Object.values(tensorsByName);
    },
  };
  try {
    const recording = record(backend, recordable);
    assertRepeatable(recording, record(backend, recordable));
    if (outputs.length === 0) throw new CaptureError('The function gives no tensor.');
    return { recording: simplify(recording), outputs };
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    throw new CaptureError(`"${name}" cannot be compiled. ${error.message}`, { cause: error });
  }
}

/** @throws CaptureError for what is no record of tensors */
function namedTensors(results: unknown): tf.NamedTensorMap {
  if (results instanceof Promise) {
    // It fails when it goes on, without the tensors that it began with.
    results.catch(() => undefined);
    throw new CaptureError('The function is asynchronous.');
  }
  if (results instanceof tf.Tensor) {
    throw new CaptureError(
      'The function gives a tensor; let it give an object of tensors by name, e.g. { y }.',
    );
  }
  const entries: [string, unknown][] = Object.entries(Object(results) as object);
  return Object.fromEntries(
    entries.map(([name, result]) => {
      if (result instanceof tf.Tensor) return [name, result];
      throw new CaptureError(`The function gives "${name}", which is no tensor.`);
    }),
  );
}

/** Loads a saved model, which TensorFlow only takes from a folder. */
function load(backend: NodeBackend, model: Uint8Array, entries: readonly string[]): number {
  const folder = writeModel(model);
  try {
    return backend.binding.loadSavedModel(folder, 'serve');
  } catch (error) {
    const message = messageOf(error);
    const entry = entryIn(message);
    const which = entry === undefined ? 'the graph' : `the graph of "${entries[entry]}"`;
    throw new CaptureError(`TensorFlow does not load ${which}. ${message}`, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The new folder with the model. */
function writeModel(model: Uint8Array): string {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(tmpdir(), 'masq-program-'));
    writeFileSync(join(folder, 'saved_model.pb'), model);
    return folder;
  } catch (error) {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    throw new CaptureError(
      `TensorFlow reads graphs from files, and none can be written in ${tmpdir()}: ${messageOf(error)}. Let TMPDIR name ` +
        'a folder with free space that can be written to.',
      { cause: error },
    );
  }
}

class LoadedProgram implements Program {
  captureSeconds = 0;

  constructor(
    private readonly backend: NodeBackend,
    private session: number | null,
    private readonly state: readonly tf.Variable[],
    private readonly compiled: ReadonlyMap<string, CompiledEntry>,
  ) {}

  get entries(): string[] {
    return [...this.compiled.keys()];
  }

  run(entry: string, given: tf.NamedTensorMap = {}, times?: number): tf.NamedTensorMap {
    const compiled = this.compiled.get(entry);
    if (compiled === undefined) {
      throw new RangeError(`The program has no entry "${entry}". It has: ${this.entries.join(', ')}.`);
    }
    const { inputs, inputNames, outputs, outputNames, repeat } = compiled;
    const most = repeat ?? 1;
    if (times !== undefined && !(Number.isInteger(times) && times >= 1 && times <= most)) {
      throw new RangeError(`Entry "${entry}" cannot run ${times} times, expected 1 to ${most}.`);
    }
    const ids = this.idsOf(given, inputs, `Entry "${entry}"`);
    const number = repeat === null ? null : tf.scalar(times ?? repeat, 'int32');
    if (number !== null) ids.push(tensorId(this.backend, number));
    const results = this.execute(ids, inputNames, outputNames);
    number?.dispose();
    return Object.fromEntries(outputs.map((name, i) => [name, this.backend.createOutputTensor(results[i])]));
  }

  readState(): tf.NamedTensorMap {
    if (this.state.length === 0) return {};
    const names = joined(this.state, nodeNames.value);
    const values = this.execute([], '', names);
    return Object.fromEntries(
      this.state.map(({ name }, i) => [name, this.backend.createOutputTensor(values[i])]),
    );
  }

  writeState(values: tf.NamedTensorMap): void {
    this.setVariables(this.state, values, { first: 0, done: nodeNames.initialized, taker: 'The state' });
  }

  /** Puts the variables that entries only read in place, once. */
  placeData(data: readonly tf.Variable[]): void {
    const { length: first } = this.state;
    this.setVariables(data, valuesOf(data), { first, done: nodeNames.placed, taker: 'The data' });
  }

  private setVariables(
    variables: readonly tf.Variable[],
    values: tf.NamedTensorMap,
    { first, done, taker }: { first: number; done: string; taker: string },
  ): void {
    if (variables.length === 0) return;
    const specs = variables.map(
      ({ name, shape, dtype }) => [name, { shape, dtype: dtype as DataType }] as const,
    );
    const ids = this.idsOf(values, specs, taker);
    const names = joined(variables, (i) => nodeNames.initialValue(first + i));
    const [set] = this.execute(ids, names, `${done}:0`);
    this.backend.createOutputTensor(set).dispose();
  }

  dispose(): void {
    if (this.session !== null) this.backend.binding.deleteSavedModel(this.session);
    this.session = null;
  }

  private execute(inputs: readonly number[], inputNames: string, outputNames: string): TensorMetadata[] {
    if (this.session === null) throw new Error('The program has been disposed of: it runs no more.');
    return this.backend.binding.runSavedModel(this.session, inputs, inputNames, outputNames);
  }

  /** Identifiers of tensors by name, which must be those that the specifications name and as they say. */
  private idsOf(
    given: tf.NamedTensorMap,
    specs: readonly (readonly [name: string, TensorSpec])[],
    taker: string,
  ): number[] {
    const names = new Set(specs.map(([name]) => name));
    const unknown = Object.keys(given).find((name) => !names.has(name));
    if (unknown !== undefined) {
      throw new RangeError(`${taker} takes no "${unknown}". It takes: ${[...names].join(', ')}.`);
    }
    return specs.map(([name, spec]) => tensorId(this.backend, checked(given, name, spec, taker)));
  }
}

function checked(
  tensors: tf.NamedTensorMap,
  name: string,
  { shape, dtype }: TensorSpec,
  taker: string,
): tf.Tensor {
  const tensor = (tensors as Partial<tf.NamedTensorMap>)[name];
  const isTensor = tensor instanceof tf.Tensor;
  const fits = isTensor && tensor.dtype === dtype && tensor.shape.join() === shape.join();
  if (fits && !tensor.isDisposed) return tensor;
  const found =
    tensor === undefined
      ? 'nothing'
      : !isTensor
        ? 'no tensor'
        : fits
          ? 'a tensor that has been disposed of'
          : `${tensor.dtype} [${tensor.shape.join(', ')}]`;
  throw new RangeError(`${taker}: "${name}" is ${found}, expected ${dtype} [${shape.join(', ')}].`);
}

/** Names of first outputs, as `runSavedModel` takes them. */
function joined(list: readonly unknown[], nameOf: (index: number) => string): string {
  return list.map((_, i) => `${nameOf(i)}:0`).join(',');
}
