// Keys that a study file sets in the base config: which it may not set, and which get in each other's way.
import { assignmentsOf, overlap, type Assignment } from './assignments.js';
import type { Dataset } from './datasets.js';
import type { Axis } from './design.js';
import type { Resolver } from './resolveCells.js';
import { folderName, type StudyFile } from './studySchema.js';

/** Keys of the config that a study has another place for, and what to do instead. */
const reserved: Readonly<Record<string, string>> = {
  seed: 'seeds says which seeds every cell is trained with',
  name: 'it names runs and changes nothing in them; take it out',
  modules: 'modules are imported once, before the first cell; name them in the base config',
  track: 'trackers are the same for all trials; name them in the base config',
  data: 'datasets names data sets; of data itself, a study can set keys such as data.normalize',
  'data.train': 'datasets names data sets',
  'data.test': 'datasets names data sets',
};

/** Reports keys that cannot be set, or are set twice, and data sets of one name. */
export function checkKeys(
  { halving, controls, repeat }: StudyFile,
  axes: readonly Axis[],
  datasets: readonly Dataset[],
  check: Resolver,
): void {
  const ofAxes = axes.map(({ levels }) => levels[0]);
  const ofControls = controls.map((control, i) => assignmentsOf(control, ['controls', i]));
  const ofDatasets = datasets.flatMap(({ set }) => set);
  const refuse = ({ key, keyAt }: Assignment, why: string): void => {
    check.reportStudy({ path: keyAt, part: 'key', message: `${key}: ${why}.` });
  };
  for (const assignment of [...ofAxes, ...ofControls.flat(), ...ofDatasets]) {
    const { key } = assignment;
    if (key.split('.').includes('')) refuse(assignment, 'expected a key path such as model.attention.ratio');
    if (Object.hasOwn(reserved, key)) refuse(assignment, `cannot be set here; ${reserved[key]}`);
    if (repeat !== undefined && overlap(key, repeat)) {
      refuse(assignment, `cannot be set here, as repeat counts ${repeat} with the seeds`);
    }
    if (halving !== 'none' && key === 'train.epochs') {
      refuse(assignment, 'cannot be set with halving, which compares cells after the same epochs');
    }
  }
  for (const list of [ofAxes, ...ofControls]) {
    for (const [i, assignment] of list.entries()) {
      const replaced = list.slice(0, i).find(({ key }) => key.startsWith(`${assignment.key}.`));
      if (replaced !== undefined) {
        refuse(assignment, `replaces ${replaced.key}, which stands before it; put ${assignment.key} first`);
      }
    }
  }
  for (const assignment of ofDatasets) {
    const other = [...ofAxes, ...ofControls.flat()].find(({ key }) => overlap(key, assignment.key));
    if (other !== undefined)
      refuse(
        assignment,
        `${other.keyAt[0] === 'axes' ? 'the axis' : 'a control'} ${other.key} sets this too`,
      );
  }
  const names = datasets.map(({ name }) => name);
  for (const [i, { name, at }] of datasets.entries()) {
    const report = (what: string): void => {
      const message = `${at.join('.')}: ${what}. Name it otherwise, as { name, train, test }.`;
      check.reportStudy({ path: at, part: 'value', message });
    };
    if (names.indexOf(name) < i) report(`there is another data set of the name ${name}`);
    if (!folderName.test(name)) {
      report(`"${name}" names folders, which takes letters, digits, "_", "-" and "." only`);
    }
  }
}
