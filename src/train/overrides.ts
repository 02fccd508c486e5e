// Overrides from the command line: `key.path=value` replaces one value of a config before it is checked.
import { parseDocument } from 'yaml';
import { UserError } from '../shared/errors.js';
import { isChoice as isChoiceKey } from './configSchema.js';
import { dotted, found, type KeyPath } from '../shared/checkValue.js';

/** One override. */
export interface Override {
  /** As it was typed. */
  readonly text: string;
  readonly path: KeyPath;
  readonly value: unknown;
}

/**
 * Parses `key.path=value`; the value is YAML, so `3`, `true`, `none` and `{ name: sgd, momentum: 0.8 }` mean what
 * they mean in a config file.
 * @throws UserError when there is no `=`, no key, or the value is not YAML.
 */
export function parseOverride(text: string): Override {
  const equals = text.indexOf('=');
  const path = text.slice(0, Math.max(0, equals)).trim().split('.');
  if (equals < 0 || path.includes('')) {
    throw new UserError(`Override "${text}": expected key.path=value, for example train.epochs=50.`);
  }
  const document = parseDocument(text.slice(equals + 1), { prettyErrors: false });
  const error = document.errors.at(0);
  if (error !== undefined)
    throw new UserError(`Override "${text}": the value is not YAML: ${error.message}.`);
  return { text, path, value: document.toJS() as unknown };
}

/**
 * A copy of `config` with one value replaced, see {@link setAtPath}.
 * @throws UserError when the path leads into a value that has no keys.
 */
export function applyOverride(config: unknown, { text, path, value }: Override): unknown {
  return setAtPath(config, path, value, ({ at, key, message, isChoice }) => {
    const hint = isChoice
      ? ` Name one first, for example ${at}=<name> ${text}.`
      : ` Set the whole of it, for example "${at}={ ${key}: … }".`;
    return new UserError(`Override "${text}": ${message}${isChoice === null ? '' : hint}`);
  });
}

/** Why a path leads nowhere. */
export interface DeadEnd {
  /** The key whose value cannot be entered. */
  readonly at: string;
  /** What was looked for in it. */
  readonly key: string;
  /** A sentence. */
  readonly message: string;
  /** Whether the value is a choice that could be named there; null for a list. */
  readonly isChoice: boolean | null;
}

/**
 * A copy of `config` with the value at `path` replaced. Mappings that are missing on the way are made; a bare name of a
 * model, attention, optimizer, schedule or augmentation becomes the mapping with that name.
 * @param refuse makes the error to throw when the path leads into a value that has no keys
 */
export function setAtPath(
  config: unknown,
  path: KeyPath,
  value: unknown,
  refuse: (deadEnd: DeadEnd) => Error,
): unknown {
  const setIn = (container: unknown, depth: number): unknown => {
    if (depth === path.length) return value;
    const key = String(path[depth]);
    const at = dotted(path.slice(0, depth));
    if (container === undefined || container === null) return { [key]: setIn(undefined, depth + 1) };
    if (Array.isArray(container)) {
      const index = Number(key);
      if (!(Number.isInteger(index) && index >= 0 && index < container.length)) {
        const message = `${at} is a list of ${container.length}; "${key}" is not the position of an entry, counted from 0.`;
        throw refuse({ at, key, message, isChoice: null });
      }
      return container.map((item: unknown, i) => (i === index ? setIn(item, depth + 1) : item));
    }
    if (typeof container === 'object') {
      const entries = new Map<string, unknown>(Object.entries(container));
      entries.set(key, setIn(entries.get(key), depth + 1));
      return Object.fromEntries(entries);
    }
    const isChoice = isChoiceKey(at);
    if (typeof container === 'string' && container !== 'none' && isChoice) {
      return { name: container, [key]: setIn(undefined, depth + 1) };
    }
    throw refuse({ at, key, message: `${at} is ${found(container)}, which has no keys.`, isChoice });
  };
  return setIn(config, 0);
}
