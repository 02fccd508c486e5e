// Whether two recordings of one function are the same. What differs from call to call would be frozen by a graph:
// noise drawn on the host, a counter kept in JavaScript, a choice made anew.
import { CaptureError } from './captureError.js';
import type { Recording, Source } from './recorder.js';

/** @throws CaptureError naming the first operation at which the two differ */
export function assertRepeatable(first: Recording, second: Recording): void {
  for (const [i, node] of first.nodes.entries()) {
    const again = second.nodes.at(i);
    if (again?.operation !== node.operation) {
      throw new CaptureError(
        `The function does not do the same at every call: at its operation ${i} it called ${node.operation}, and then ` +
          `${again?.operation ?? 'nothing'}.`,
      );
    }
    for (const [j, source] of node.inputs.entries()) {
      if (isSame(first, source, second, again.inputs.at(j))) continue;
      throw new CaptureError(
        `Input ${j} of operation ${node.operation} changes from call to call (random numbers or a counter on the ` +
          "host, as tf.dropout and a model's dropout layers make?): a graph would freeze it. Make it an input of the " +
          'function or a state variable, or use dropout and statelessUniform of masq/engine.',
      );
    }
    if (JSON.stringify(node.attributes) !== JSON.stringify(again.attributes)) {
      throw new CaptureError(`The attributes of operation ${node.operation} change from call to call.`);
    }
  }
  const results = (recording: Recording): Source[] => [...recording.outputs, ...recording.updates.values()];
  const [expected, found] = [results(first), results(second)];
  const same =
    first.nodes.length === second.nodes.length &&
    [...first.updates.keys()].join() === [...second.updates.keys()].join() &&
    expected.every((source, i) => isSame(first, source, second, found.at(i)));
  if (!same) {
    throw new CaptureError('The function does not give the same results, of the same origin, at every call.');
  }
}

function isSame(first: Recording, a: Source, second: Recording, b: Source | undefined): boolean {
  if (a.kind !== b?.kind) return false;
  if (a.kind !== 'constant') {
    return a.index === b.index && (a.kind !== 'node' || b.kind !== 'node' || a.output === b.output);
  }
  const [before, after] = [first.constants[a.index], second.constants[b.index]];
  return (
    before.dtype === after.dtype &&
    before.shape.join() === after.shape.join() &&
    before.values.every((value, i) => Object.is(value, after.values[i]))
  );
}
