// Classes that are one number, written in two ways.

/** What to do about them. */
export const WRITE_ALIKE = 'Write them alike (pandas writes whole numbers as 1.0 where some are missing).';

/** Longer texts are taken for names. */
const LONGEST = 100;

/** The first class that is the same number as one before it, and that one; null where there is none, or some class is no number. */
export function sameNumber(classes: Iterable<string>): readonly [before: string, later: string] | null {
  const known = new Map<string, string>();
  let found: readonly [string, string] | null = null;
  for (const name of classes) {
    const number = exactNumber(name);
    if (number === null) return null;
    const before = known.get(number);
    if (before === undefined) known.set(number, name);
    else if (before !== name) found ??= [before, name];
  }
  return found;
}

/** Whether a class is a decimal number. */
export function isNumber(name: string): boolean {
  return exactNumber(name) !== null;
}

/** A decimal number, however long, as its significant digits and an exponent; null for anything else. */
function exactNumber(text: string): string | null {
  if (text.length > LONGEST) return null;
  const parts = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d+))?$/.exec(text);
  if (parts === null) return null;
  const whole = parts.at(2) ?? '';
  const decimals = parts.at(3) ?? parts.at(4) ?? '';
  const digits = (whole + decimals).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const power = Number(parts.at(5) ?? 0) - decimals.length + digits.length - significant.length;
  return `${parts[1] === '-' ? '-' : ''}${significant}e${power}`;
}
