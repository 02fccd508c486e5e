// Classes of `.ts` files whose names have several words, stand in quotes or are not declared.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataFiles } from '../../../test/support/dataFiles.js';

const { load, read } = dataFiles();

/** A file that declares classes and has one recording of each of the others. */
function ts(declared: string, ...occurring: string[]): string {
  return `@univariate true\n@classLabel true ${declared}\n@data\n${occurring.map((name) => `1,2:${name}\n`).join('')}`;
}

describe('classes of a .ts file', () => {
  it('are told by those that occur, where names have several words', async () => {
    const { classes, labels } = await load(
      'a.ts',
      ts('Walking Walking up Walking down Sit', 'Walking down', 'Walking  up', 'Walking'),
    );
    expect(classes).toEqual(['Walking', 'Walking up', 'Walking down', 'Sit']);
    expect(Array.from(labels)).toEqual([2, 1, 0]);
  });

  it('may be in quotes of either kind, in the header alone or on the lines too', async () => {
    const { classes, labels } = await load(
      'q.ts',
      ts(`"half open" 'not shut' don't`, 'half open', '"not shut"', "don't"),
    );
    expect(classes).toEqual(['half open', 'not shut', "don't"]);
    expect(Array.from(labels)).toEqual([0, 1, 2]);
  });

  it('are those that occur, sorted, where none is declared', async () => {
    const { classes, labels } = await load('n.ts', ts('', '10', '9', '10'));
    expect(classes).toEqual(['9', '10']);
    expect(Array.from(labels)).toEqual([1, 0, 1]);
  });

  it.each([
    [
      'words that no recording has',
      ts('half open quite shut', 'half open'),
      '"quite shut" could be one class or several',
    ],
    [
      'words of two classes',
      ts('a b c', 'a b', 'b c'),
      'class "b c" occurs, but its words belong to another class',
    ],
    ['a name that is declared twice', ts('a b c c', 'a b', 'c'), 'class "c" is declared twice.'],
    [
      'words in another order',
      ts('half open shut', 'open half'),
      'class "open half" is not declared by @classLabel',
    ],
    [
      'words of a name in quotes',
      ts('"half open" shut', 'half'),
      'class "half" is not declared by @classLabel',
    ],
  ])('are refused where %s leave them in doubt', async (_, content, message) => {
    const { problems } = await read('d.ts', content);
    expect(problems.map((problem) => problem.message)).toEqual([expect.stringContaining(message)]);
  });

  it('are never other than those that are meant, unless a problem says that they are in doubt', async () => {
    const name = fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
      .map((words) => words.join(' '));
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(name, { minLength: 1, maxLength: 5 }),
        fc.nat(4),
        async (names, left) => {
          const occurring = names.slice(0, Math.max(1, names.length - left));
          const { recordings, problemCount } = await read('p.ts', ts(names.join(' '), ...occurring));
          const { classes, labels } = recordings;
          if (problemCount > 0) return;
          expect(Array.from(labels, (label) => classes[label])).toEqual(occurring);
          if (occurring.some((one) => one.includes(' ')))
            expect([...classes].sort()).toEqual([...names].sort());
        },
      ),
      { numRuns: 200, seed: 1 },
    );
  });

  it('may be declared again in the same way', async () => {
    const { classes } = await load('r.ts', ts('a b\n@ClassLabel true a b', 'a', 'b'));
    expect(classes).toEqual(['a', 'b']);
  });
});
