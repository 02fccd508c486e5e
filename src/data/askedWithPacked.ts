// What a run asks of its files where some of them were packed: the others are read and prepared as those were.
import { preparedIn } from './packed/openPacked.js';
import { expandPatterns } from './patterns.js';
import type { Preparation } from './preparation.js';
import { isDefault, type Prepared } from './prepared.js';
import type { Columns } from './read/reader.js';

type Choices = Omit<Preparation, 'windows'> & { readonly columns?: Columns | undefined };

/**
 * What is asked, where what it leaves at its default is as the first packed file has it that says otherwise.
 *
 * @param sets the names of their files, those included that are not there
 */
export async function askedWithPacked<Asked extends Choices>(
  sets: readonly (readonly string[])[],
  asked: Asked,
): Promise<Asked> {
  const paths = (await Promise.all(sets.map(expandPatterns))).flat();
  const found = await Promise.all(paths.map(preparedIn));
  const choices: readonly Choices[] = [
    asked,
    ...(found.filter((prepared) => prepared !== null) as Prepared[]),
  ];
  const first = <Key extends 'timestamps' | 'missing' | 'resampling'>(
    key: Key,
    isLeft: (choice: Choices[Key]) => boolean,
  ): Choices[Key] => choices.map((each) => each[key]).find((choice) => !isLeft(choice)) ?? asked[key];
  const columns = choices.find((each) => each.columns !== undefined)?.columns;
  return {
    ...asked,
    timestamps: first('timestamps', isDefault),
    missing: first('missing', (choice) => choice === 'error'),
    resampling: first('resampling', (choice) => choice === 'none'),
    ...(columns && { columns }),
  };
}
