// Where in a YAML or JSON text the key or the value of a problem stands.
import { isAlias, isMap, isNode, isScalar, isSeq, type Document, type LineCounter } from 'yaml';
import type { Place } from '../shared/errors.js';
import type { KeyPath } from '../shared/checkValue.js';

/** A parsed text. */
export interface ConfigText {
  readonly document: Document.Parsed;
  /** The counter that the text was parsed with. */
  readonly lines: LineCounter;
  readonly file: string | undefined;
}

/** Whether the text itself has a value at `path`. */
export function hasPath(text: ConfigText, path: KeyPath): boolean {
  return locate(text.document, path).depth === path.length;
}

/** The place of the value at `path`, or of its key; of the nearest key above it where the text lacks it. */
export function placeOf(text: ConfigText, path: KeyPath, part: 'key' | 'value'): Place {
  const { depth, key, value } = locate(text.document, path);
  return placeAt(text, part === 'value' && depth === path.length ? value : key);
}

/** The place of a character, counted from 0. */
export function placeAt({ lines, file }: ConfigText, offset: number): Place {
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
