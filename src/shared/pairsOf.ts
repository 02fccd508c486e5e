/** Every two of these, in their order. */
export function pairsOf<Value>(values: readonly Value[]): [Value, Value][] {
  return values.flatMap((first, i) => values.slice(i + 1).map((second): [Value, Value] => [first, second]));
}
