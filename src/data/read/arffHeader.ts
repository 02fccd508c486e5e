// The header of an ARFF file: which attribute is what. https://waikato.github.io/weka-wiki/formats_and_processing/arff_stable/
import { readToken, skipBlanks } from './arffTokens.js';
import { linesOf } from './lines.js';
import { FatalProblem, type ProblemList, quote, UnfinishedHeader } from './problems.js';
import { firstRepeated } from './repeated.js';
import type { HeaderEnd } from './textFormat.js';

/** What an attribute holds: a step of a recording with one channel, whole channels, the class, or nothing that is read. */
export type AttributeRole = 'step' | 'channels' | 'class' | 'other';

/** What a header declares. */
export interface ArffHeader {
  /** The role of each attribute: several are steps, or one holds channels; one is the class. */
  readonly roles: readonly AttributeRole[];
  /** Class names in their order. */
  readonly classes: readonly string[];
  /** Numbers that the relational attribute declares a row, which is the most steps that a recording may have; null without one. */
  readonly mostSteps: number | null;
  readonly end: HeaderEnd;
}

interface Attribute {
  readonly name: string;
  readonly line: number;
  readonly type: 'numeric' | 'relational' | readonly string[];
}

/** A relational attribute whose `@end` has not come yet. */
interface Relation {
  readonly name: string;
  readonly line: number;
  readonly names: Set<string>;
}

/** Names by which the class is found among several nominal attributes, whatever their case and punctuation. */
const CLASS_NAMES = [
  ...['class', 'label', 'target'],
  ...['classattribute', 'classlabel', 'classname', 'targetclass', 'targetlabel'],
];

/** Reads a header. Throws a FatalProblem where the recordings after it could not be understood, an UnfinishedHeader where `@data` is not there. */
export function readArffHeader(bytes: Buffer, problems: ProblemList): ArffHeader {
  const attributes: Attribute[] = [];
  const names = new Set<string>();
  let relation: Relation | null = null;
  let mostSteps: number | null = null;
  let last = 0;
  for (const { from, end, next, line } of linesOf(bytes)) {
    last = line;
    const text = bytes.toString('utf8', from, end).trim();
    if (text === '' || text.startsWith('%')) continue;
    const blank = text.search(/\s/);
    const keyword = (blank < 0 ? text : text.slice(0, blank)).toLowerCase();
    const rest = blank < 0 ? '' : text.slice(blank).trim();
    if (keyword === '@relation') continue;
    if (keyword === '@attribute') {
      const attribute = readAttribute(rest, line);
      const taken: Set<string> = relation?.names ?? names;
      if (taken.has(attribute.name))
        problems.add(line, `attribute ${quote(attribute.name)} is declared twice.`);
      taken.add(attribute.name);
      if (relation === null) {
        attributes.push(attribute);
      } else {
        checkInner(attribute, relation);
        mostSteps = (mostSteps ?? 0) + 1;
      }
      if (attribute.type === 'relational') relation = { name: attribute.name, line, names: new Set() };
    } else if (keyword === '@end') {
      const name = rest === '' ? '' : readToken(rest, 0, ' \t')?.text;
      if (relation?.name !== name) throw new FatalProblem(line, wrongEnd(name ?? rest, relation));
      relation = null;
    } else if (keyword === '@data') {
      if (relation !== null) throw new FatalProblem(line, `@data before "@end ${relation.name}".`);
      if (rest !== '' && !rest.startsWith('%'))
        problems.add(line, `@data takes no value, found ${quote(rest)}.`);
      return { ...assignRoles(attributes, mostSteps, line), end: { start: next, lines: line } };
    } else {
      throw new FatalProblem(line, `found ${quote(text)}, expected @attribute lines up to @data.`);
    }
  }
  throw new UnfinishedHeader(
    last,
    'the file ends without @data: this is no ARFF file of recordings, or it was cut off.',
  );
}

function readAttribute(text: string, line: number): Attribute {
  const token = text === '' ? null : readToken(text, 0, ' \t{');
  if (token === null || token.text === '') {
    throw new FatalProblem(line, `@attribute ${quote(text)}: expected a name and a type.`);
  }
  const { text: name, next } = token;
  const at = skipBlanks(text, next);
  if (text[at] === '{') return { name, line, type: readNames(text, at + 1, name, line) };
  const type = text.slice(at);
  const [word, after] = [/^[^\s%{]*/.exec(type)?.[0] ?? '', type.replace(/^[^\s%{]*\s*/, '')];
  const kind = kindOfType(word.toLowerCase());
  if (kind === null) {
    const found = word === '' ? 'has no type' : `is of the type ${quote(word)}`;
    throw new FatalProblem(line, `attribute ${quote(name)} ${found}, expected numeric, relational or {…}.`);
  }
  if (after !== '' && !after.startsWith('%')) {
    throw new FatalProblem(
      line,
      `attribute ${quote(name)}: found ${quote(after)} after its type, expected nothing.`,
    );
  }
  return { name, line, type: kind };
}

function kindOfType(word: string): 'numeric' | 'relational' | null {
  if (['numeric', 'real', 'integer'].includes(word)) return 'numeric';
  return word === 'relational' ? 'relational' : null;
}

/** The values of a nominal attribute, from after its `{` on. */
function readNames(text: string, at: number, attribute: string, line: number): string[] {
  const names: string[] = [];
  const wrong = (what: string): FatalProblem =>
    new FatalProblem(line, `attribute ${quote(attribute)}: ${what}, expected its values as {a,b,…}.`);
  for (;;) {
    at = skipBlanks(text, at);
    const token = readToken(text, at, ',}');
    if (token === null) throw wrong('a quote is opened and never closed');
    if (token.text === '') throw wrong('a value is empty');
    names.push(token.text);
    at = skipBlanks(text, token.next);
    if (text[at] === '}') break;
    if (text[at] !== ',')
      throw wrong(at < text.length ? `found ${quote(text.slice(at))}` : 'the closing "}" is missing');
    at++;
  }
  const after = text.slice(at + 1).trim();
  if (after !== '' && !after.startsWith('%')) throw wrong(`found ${quote(after)} after the values`);
  const repeated = firstRepeated(names);
  if (repeated !== undefined) throw wrong(`${quote(repeated)} is declared twice`);
  return names;
}

/** Refuses an attribute of a relational one that is no number. */
function checkInner({ name, line, type }: Attribute, relation: Relation): void {
  if (type === 'numeric') return;
  throw new FatalProblem(
    line,
    `attribute ${quote(name)} of ${quote(relation.name)} is not numeric; the values of channels are numbers.`,
  );
}

function wrongEnd(name: string, relation: Relation | null): string {
  return relation === null
    ? `@end ${quote(name)}, but no relational attribute is open.`
    : `@end ${quote(name)}, expected @end ${quote(relation.name)} as on line ${relation.line}.`;
}

function assignRoles(
  attributes: readonly Attribute[],
  mostSteps: number | null,
  dataLine: number,
): Pick<ArffHeader, 'roles' | 'classes' | 'mostSteps'> {
  const chosen = findClass(attributes, dataLine);
  const relational = attributes.filter(({ type }) => type === 'relational');
  const numeric = attributes.filter(({ type }) => type === 'numeric');
  if (relational.length > 1) {
    throw new FatalProblem(
      relational[1].line,
      `${quote(relational[1].name)} is a second relational attribute; one holds all channels of a recording.`,
    );
  }
  if (relational.length === 0 && numeric.length === 0) {
    throw new FatalProblem(dataLine, 'no attribute is numeric or relational, so there are no recordings.');
  }
  if (relational.length === 1 && numeric.length > 0) {
    throw new FatalProblem(
      numeric[0].line,
      `attribute ${quote(numeric[0].name)} is numeric, but ${quote(relational[0].name)} holds the channels; remove it.`,
    );
  }
  if (relational.length === 1 && mostSteps === null) {
    throw new FatalProblem(relational[0].line, `${quote(relational[0].name)} declares no attributes.`);
  }
  const roles = attributes.map((attribute): AttributeRole => {
    if (attribute === chosen) return 'class';
    if (attribute.type === 'numeric') return 'step';
    return attribute.type === 'relational' ? 'channels' : 'other';
  });
  return { roles, classes: chosen.type, mostSteps };
}

/** The nominal attribute; of several the one whose name says so, else the last of all attributes. */
function findClass(
  attributes: readonly Attribute[],
  dataLine: number,
): Attribute & { type: readonly string[] } {
  const nominal = attributes.filter(isNominal);
  const byName = nominal.filter(({ name }) =>
    CLASS_NAMES.includes(name.toLowerCase().replace(/[^a-z]/g, '')),
  );
  if (nominal.length === 1) return nominal[0];
  if (byName.length === 1) return byName[0];
  const last = attributes.at(-1);
  if (byName.length === 0 && last !== undefined && isNominal(last)) return last;
  if (nominal.length === 0) {
    throw new FatalProblem(
      dataLine,
      'no attribute is nominal ({a,b,…}), so there is no class. Where classes are unknown, declare them and write "?".',
    );
  }
  const names = nominal.slice(0, 12).map(({ name }) => quote(name));
  throw new FatalProblem(
    dataLine,
    `${names.join(', ')} could each be the class. Call the one that is "class", or put it last.`,
  );
}

function isNominal(attribute: Attribute): attribute is Attribute & { type: readonly string[] } {
  return typeof attribute.type === 'object';
}
