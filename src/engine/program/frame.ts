// What the nodes of a graph are called, and what stands around those of an entry.
import type { AbstractTensor } from './operations.js';

/** Names of nodes in a graph, by what they are for. */
export const nodeNames = {
  input: (entry: number, index: number) => `e${entry}/input${index}`,
  output: (entry: number, index: number) => `e${entry}/output${index}`,
  /** How often an entry that repeats is to run. */
  times: (entry: number) => `e${entry}/times`,
  /** Runs when the state is set: give the values of all variables. */
  initialValue: (variable: number) => `initial${variable}`,
  initialized: 'initialized',
  /** Runs when the data are put in place: give the values of the variables that entries only read. */
  placed: 'placed',
  /** The present value of a variable. */
  value: (variable: number) => `value${variable}`,
} as const;

/** The number of the entry whose node a message names, if any. */
export function entryIn(message: string): number | undefined {
  const number = /\be(\d+)\/(?:input|node|constant|read|assign|output)\d/.exec(message)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** Where the nodes of an entry get what comes from outside, and where its results go. */
export interface Frame {
  /** Control inputs of nodes without an input. */
  readonly after: readonly string[];
  /** The name of an input's values. */
  readonly input: (index: number) => string;
  /** The name of a variable's handle. */
  readonly handle: (index: number) => string;
  /** Writes the outputs, which are there when the entry has made its assignments. */
  readonly finish: (outputs: readonly { name: string; tensor: AbstractTensor }[], assigned: string[]) => void;
}
