// YAML and JSON texts that users write: what they say, and where in them a key or a value stands.
import { Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { KeyPath } from './checkValue.js';
import { messageOf, UserError, type Place } from './errors.js';

/** A parsed text. */
export interface YamlText {
  readonly document: Document.Parsed;
  /** The counter that the text was parsed with. */
  readonly lines: LineCounter;
  readonly file: string | undefined;
}

/** Parses a text; what is wrong with it is told by {@link plainValue}. */
export function parseText(text: string, file: string | undefined): YamlText {
  const lines = new LineCounter();
  return { document: parseDocument(text, { lineCounter: lines, prettyErrors: false }), lines, file };
}

/**
 * The plain value of a text.
 * @param whenEmpty what to say of a text without a value
 * @throws UserError when the text is not YAML or is empty
 */
export function plainValue(text: YamlText, whenEmpty: string): unknown {
  const { document, file } = text;
  const error = document.errors.at(0);
  if (error !== undefined) {
    throw new UserError(`not valid YAML: ${error.message}.`, placeAt(text, error.pos[0]), { cause: error });
  }
  let value: unknown;
  try {
    value = document.toJS() as unknown;
  } catch (error) {
    throw new UserError(`not valid YAML: ${messageOf(error)}.`, { file }, { cause: error });
  }
  if (value === null) throw new UserError(whenEmpty, { file });
  return value;
}

/** A plain value as YAML, short lists on one line. */
export function formatYaml(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Seq: (_, list) => {
      list.flow = list.items.every(isScalar);
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** Whether the text itself has a value at `path`. */
export function hasPath(text: YamlText, path: KeyPath): boolean {
  return locate(text.document, path).depth === path.length;
}

/** The place of the value at `path`, or of its key; of the nearest key above it where the text lacks it. */
export function placeOf(text: YamlText, path: KeyPath, part: 'key' | 'value'): Place {
  const { depth, key, value } = locate(text.document, path);
  return placeAt(text, part === 'value' && depth === path.length ? value : key);
}

/** The place of a character, counted from 0. */
export function placeAt({ lines, file }: YamlText, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { file, line, column: col };
}

interface Location {
  /** How many keys of the path the text has. */
  readonly depth: number;
  /** Where the last of them starts. */
  readonly key: number;
  /** Where its value starts. */
  readonly value: number;
}

function locate(document: Document.Parsed, path: KeyPath): Location {
  let node: unknown = document.contents;
  let key = startOf(node) ?? 0;
  for (const [depth, name] of path.entries()) {
    const container = isAlias(node) ? node.resolve(document) : node;
    if (isMap(container)) {
      const pair = container.items.find(
        (item) => isScalar(item.key) && String(item.key.value) === String(name),
      );
      if (pair === undefined) return { depth, key, value: key };
      key = startOf(pair.key) ?? key;
      node = pair.value;
    } else if (isSeq(container) && Number(name) < container.items.length) {
      node = container.items[Number(name)];
      key = startOf(node) ?? key;
    } else {
      return { depth, key, value: key };
    }
  }
  return { depth: path.length, key, value: startOf(node) ?? key };
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
