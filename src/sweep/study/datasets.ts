// The data sets of a study: files, and what each of them changes in the base config.
import { basename, join } from 'node:path';
import type { KeyPath } from '../../shared/checkValue.js';
import { assignmentsOf, type Assignment } from './assignments.js';
import type { StudyFile } from './studySchema.js';

export interface Dataset {
  readonly name: string;
  /** Where the study file has it. */
  readonly at: KeyPath;
  /** Its files, then what it sets. */
  readonly assignments: readonly Assignment[];
  /** What it sets beside its files. */
  readonly set: readonly Assignment[];
}

/** The data sets in the order of the file; a folder `data/X` has the files `X_TRAIN.ts` and `X_TEST.ts`. */
export function datasetsOf({ datasets }: Pick<StudyFile, 'datasets'>): Dataset[] {
  return datasets.map((dataset, i) => {
    const at = ['datasets', i];
    if (typeof dataset === 'string') {
      const name = basename(dataset);
      const file = (part: string): string => join(dataset, `${name}_${part}.ts`);
      const assignments = [
        { key: 'data.train', value: file('TRAIN'), at, keyAt: at },
        { key: 'data.test', value: file('TEST'), at, keyAt: at },
      ];
      return { name, at, assignments, set: [] };
    }
    const place = (key: string): Pick<Assignment, 'at' | 'keyAt'> => ({
      at: [...at, key],
      keyAt: [...at, key],
    });
    const set = assignmentsOf(dataset.set, [...at, 'set']);
    const assignments = [
      { key: 'data.train', value: dataset.train, ...place('train') },
      { key: 'data.test', value: dataset.test, ...place('test') },
      ...set,
    ];
    return { name: dataset.name, at, assignments, set };
  });
}
