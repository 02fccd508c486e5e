import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonError, keysOf } from './jsonText.js';

describe('the error in a JSON text', () => {
  it.each([
    ['{"a": NaN}', 6, 'a value'],
    ['{"a": [1, 2,]}', 12, 'a value'],
    ['{"a": 01}', 7, '"," or "}"'],
    ['{"a": [1 2]}', 9, '"," or "]"'],
    ['{a: 1}', 1, 'a key in quotes'],
    ['{"a" 1}', 5, '":"'],
    ['{"a": "b\tc"}', 6, 'a string that is closed and has no odd characters'],
    ['{} {}', 3, 'the end of the line'],
    ['{"a": [1', 8, '"," or "]"'],
  ])('of %j is at %i, where %s is expected', (text, position, expected) => {
    expect(findJsonError(text)).toEqual({ position, expected });
  });

  it('is found exactly where JSON.parse fails', () => {
    const character = fc.constantFrom(...'{}[],:"\\ \n01-.eEtrufalsn'.split(''));
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.array(character, { maxLength: 3 }), fc.nat(2))
      .map(([text, at, added, removed]) => {
        const position = at % (text.length + 1);
        return text.slice(0, position) + added.join('') + text.slice(position + removed);
      });
    fc.assert(
      fc.property(fc.oneof(fc.json(), damaged), (text) => {
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        expect(findJsonError(text) === null).toBe(isJson);
      }),
      { numRuns: 1000, seed: 1 },
    );
  });
});

describe('the keys of a JSON object', () => {
  it('are those of the object itself, in its order, with repetitions', () => {
    const text = '{"b": {"c": 1}, "2": "x\\": {", "1": [{"d": 2}], "b" : "e", "\\u0061\\"": null}';
    expect(keysOf(text)).toEqual(['b', '2', '1', 'b', 'a"']);
  });
});
