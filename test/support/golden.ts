// The worked numbers of the masking contract, typed. Null inputs are not used by a case.
import { readFileSync } from 'node:fs';
import tf from '#tfjs';
import { referenceTolerance } from './devices.js';

type Nested = number | Nested[];

export interface GoldenCase {
  id: string;
  kind: string;
  params: Record<string, unknown>;
  inputs: Record<string, Nested | null>;
  expected: Record<string, Nested>;
}

const file = new URL('../golden/public.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: GoldenCase[] };

/** The cases of a kind for which the filter holds. */
export function goldenCases(
  kind: string,
  filter: (golden: GoldenCase) => boolean = () => true,
): GoldenCase[] {
  const found = cases.filter((golden) => golden.kind === kind && filter(golden));
  if (found.length === 0) throw new Error(`no golden case of kind ${kind}`);
  return found;
}

/** An input of a case as float32. */
export function input<R extends tf.Rank>(golden: GoldenCase, name: string): tf.Tensor<R> {
  return tf.tensor<R>(golden.inputs[name] as number[]);
}

/** Lengths as a model takes them, int32 `[batch, 1]`. */
export function lengthsOf(golden: GoldenCase): tf.Tensor2D {
  const lengths = golden.inputs.lengths as number[];
  return tf.tensor2d(lengths, [lengths.length, 1], 'int32');
}

/** The largest difference to the expected numbers, as a share of the tolerance `1e-5 + 1e-5 · |expected|`. */
export function deviation(actual: tf.Tensor, expected: Nested): number {
  return tf.tidy(() => {
    const wanted = tf.tensor(expected);
    if (wanted.size !== actual.size) return Infinity;
    if (wanted.size === 0) return 0;
    const difference = tf.abs(tf.sub(tf.reshape(actual, wanted.shape), wanted));
    return tf
      .max(tf.div(difference, tf.mul(referenceTolerance(1e-5), tf.add(1, tf.abs(wanted)))))
      .dataSync()[0];
  });
}
