// A number with what it counts.

/** `1 trial`, `2,000 trials`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
