// Names and values as ARFF writes them: bare, or in quotes of either kind with `\` before what would end them.

/** A name or value of a header line. */
export interface Token {
  readonly text: string;
  /** Position after it. */
  readonly next: number;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/**
 * The token that begins at `at`, which is no blank: in quotes, or up to one of the characters `ends`, blanks before it left out.
 * Null where a quote is never closed.
 */
export function readToken(text: string, at: number, ends: string): Token | null {
  const quote = text[at];
  let end = at;
  if (quote !== '"' && quote !== "'") {
    while (end < text.length && !ends.includes(text[end])) end++;
    return { text: text.slice(at, end).trim(), next: end };
  }
  for (end = at + 1; end < text.length && text[end] !== quote; end++) if (text[end] === '\\') end++;
  return end >= text.length ? null : { text: unescape(text.slice(at + 1, end)), next: end + 1 };
}

/** What a text in quotes stands for. */
export function unescape(text: string): string {
  return text.includes('\\')
    ? text.replace(/\\(.)/gs, (_, escaped: string) => ESCAPES[escaped] ?? escaped)
    : text;
}

/** The first position from `at` on that is no blank. */
export function skipBlanks(text: string, at: number): number {
  while (text[at] === ' ' || text[at] === '\t') at++;
  return at;
}
