/** Words as a sentence lists them: `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2
    ? words.join('')
    : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}

/** The first so many words, and that there are more: `a, b, …`. */
export function firstOf(words: readonly string[], most: number): string {
  return words.length > most ? `${words.slice(0, most).join(', ')}, …` : words.join(', ');
}
