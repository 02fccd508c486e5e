// The classes of a `.ts` file. `@classLabel true` declares their names with blanks between them, so that a name of several words
// can be told from several names only by the classes that occur, or by quotes around it.
import { undeclaredClass } from './channelRow.js';
import { type ProblemList, quote } from './problems.js';

/** The names as they are declared. */
export interface ClassDeclaration {
  /** Of the declaration. */
  readonly line: number;
  /** Words and names in quotes; none where the classes are those that occur. */
  readonly words: readonly ClassWord[];
}

interface ClassWord {
  readonly text: string;
  /** Whether it stood in quotes, and so is a whole name. */
  readonly quoted: boolean;
}

/** What recordings write and the name that it stands for, null where none is declared: looked up once. */
export type KnownClasses = Map<string, string | null>;

/** Splits declared names into words. */
export function classWords(text: string): ClassWord[] {
  return Array.from(text.matchAll(/"([^"]+)"(?!\S)|'([^']+)'(?!\S)|\S+/g), (match) => {
    const name = match.at(1) ?? match.at(2);
    return name === undefined ? { text: match[0], quoted: false } : { text: name, quoted: true };
  });
}

/**
 * The class that a recording names: a declared word or quoted name, or a run of neighbouring words of the declaration; null where
 * it is none. Keeps it in `known`.
 */
export function classNamed(
  text: string,
  { declaration: { words }, known: names }: { declaration: ClassDeclaration; known: KnownClasses },
): string | null {
  const before = names.get(text);
  if (before !== undefined) return before;
  const bare = /^(?:"([^"]+)"|'([^']+)')$/.exec(text);
  const spellings = [text, bare?.at(1) ?? bare?.at(2) ?? text].map((name) => name.trim().split(/\s+/));
  const parts = words.length === 0 ? spellings[0] : spellings.find((name) => isDeclared(name, words));
  const name = parts?.join(' ') ?? null;
  names.set(text, name);
  return name;
}

/** What is wrong with a class that is not among those declared. */
export function unknownClass(name: string, { words }: ClassDeclaration): string {
  if (name === '') return 'the class after the last ":" is empty; write "?" where it is unknown.';
  return undeclaredClass(
    name,
    words.map(({ text }) => text),
    '@classLabel',
  );
}

/**
 * The classes in the order of the declaration; null where they are those that occur. Every class that occurs takes its words, and
 * each word between them is a class of its own. Adds a problem where that leaves anything in doubt.
 */
export function declaredClasses(
  { line, words }: ClassDeclaration,
  occurred: ReadonlySet<string>,
  problems: ProblemList,
): string[] | null {
  if (words.length === 0) return null;
  const byFirstWord = new Map<string, string[][]>();
  const ofSeveral = [...occurred].map((name) => name.split(' ')).filter(({ length }) => length > 1);
  for (const name of ofSeveral.sort((a, b) => b.length - a.length)) {
    byFirstWord.set(name[0], [...(byFirstWord.get(name[0]) ?? []), name]);
  }
  const classes: string[] = [];
  let alone: string[] = [];
  const endOfWordsAlone = (): void => {
    if (ofSeveral.length > 0 && alone.length > 1) {
      problems.add(
        line,
        `${quote(alone.join(' '))} could be one class or several, as other names here have several words and no recording ` +
          'has it; put names of several words in quotes.',
      );
    }
    alone = [];
  };
  for (let at = 0; at < words.length;) {
    const name = byFirstWord.get(words[at].text)?.find((parts) => standsAt(parts, words, at));
    const { text, quoted } = words[at];
    if (name === undefined && !quoted && !occurred.has(text)) alone.push(text);
    else endOfWordsAlone();
    classes.push(name?.join(' ') ?? text);
    at += name?.length ?? 1;
  }
  endOfWordsAlone();
  const distinct = new Set<string>();
  for (const name of classes) {
    if (distinct.has(name)) problems.add(line, `class ${quote(name)} is declared twice.`);
    distinct.add(name);
  }
  for (const name of occurred) {
    if (distinct.has(name)) continue;
    problems.add(
      line,
      `class ${quote(name)} occurs, but its words belong to another class; put names of several words in quotes.`,
    );
  }
  return [...distinct];
}

function isDeclared(name: readonly string[], words: readonly ClassWord[]): boolean {
  const whole = name.join(' ');
  return words.some((word, at) => word.text === whole || standsAt(name, words, at));
}

/** Whether a name of several words stands there in the declaration, without quotes. */
function standsAt(name: readonly string[], words: readonly ClassWord[], at: number): boolean {
  if (at + name.length > words.length) return false;
  for (let i = 0; i < name.length; i++) {
    if (words[at + i].quoted || words[at + i].text !== name[i]) return false;
  }
  return true;
}
