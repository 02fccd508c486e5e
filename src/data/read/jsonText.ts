// What `JSON.parse` does not say of a text: where it stops being JSON, and which keys stand in it in which order.

/** Where a text stops being JSON. */
export interface JsonError {
  /** From 0. */
  readonly position: number;
  readonly expected: string;
}

/** What may come next: a value, a key or an end in their place, or what follows them. */
type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | 'next';

const BLANKS = /[ \t\n\r]*/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Finds where a text stops being one JSON value; null where it is one. Engines word and place this differently. */
export function findJsonError(text: string): JsonError | null {
  /** The brackets that are open. */
  const open: ('[' | '{')[] = [];
  let expected: Expected = 'value';
  for (let at = endOf(BLANKS, text, 0); ; at = endOf(BLANKS, text, at)) {
    const inside = open.at(-1);
    if (expected === 'next' && inside === undefined) {
      return at === text.length ? null : { position: at, expected: 'the end of the line' };
    }
    const character = text[at];
    const closes = inside === '[' ? ']' : '}';
    if (character === closes && ['next', 'value or ]', 'key or }'].includes(expected)) {
      open.pop();
      expected = 'next';
      at++;
    } else if (expected === 'next') {
      if (character !== ',') return { position: at, expected: `"," or "${closes}"` };
      expected = inside === '[' ? 'value' : 'key';
      at++;
    } else if (expected === ':') {
      if (character !== ':') return { position: at, expected: '":"' };
      expected = 'value';
      at++;
    } else if (character === '"') {
      const end = endOfString(text, at);
      if (end < 0) return { position: at, expected: 'a string that is closed and has no odd characters' };
      expected = expected.startsWith('key') ? ':' : 'next';
      at = end;
    } else if (expected.startsWith('key')) {
      return { position: at, expected: 'a key in quotes' };
    } else if (character === '[' || character === '{') {
      open.push(character);
      expected = character === '[' ? 'value or ]' : 'key or }';
      at++;
    } else {
      const end = endOf(SCALAR, text, at);
      if (end === at) return { position: at, expected: 'a value' };
      expected = 'next';
      at = end;
    }
  }
}

/** The keys of the JSON object that `text` is, in their order and with repetitions: `JSON.parse` keeps neither. */
export function keysOf(text: string): string[] {
  const keys: string[] = [];
  const structure = /["{}]/g;
  let depth = 0;
  for (let found = structure.exec(text); found !== null; found = structure.exec(text)) {
    if (found[0] === '{') {
      depth++;
    } else if (found[0] === '}') {
      depth--;
    } else {
      const end = closingQuote(text, found.index) + 1;
      if (depth === 1 && text[endOf(BLANKS, text, end)] === ':') {
        keys.push(String(JSON.parse(text.slice(found.index, end))));
      }
      structure.lastIndex = end;
    }
  }
  return keys;
}

/** Where what a sticky pattern matches from `at` on ends; `at` where it does not match. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** Where the string that begins with a quote at `at` ends; -1 where it is no JSON string. */
function endOfString(text: string, at: number): number {
  const end = closingQuote(text, at) + 1;
  if (end === 0) return -1;
  try {
    JSON.parse(text.slice(at, end));
    return end;
  } catch {
    return -1;
  }
}

/** The position of the quote that closes the one at `at`; -1 where none does. */
function closingQuote(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return -1;
}
