// Reads recordings that are a file each: from a folder of classes, by a table of files, and by a pattern.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allValues, loadRecordings } from 'masq/data';

const folder = mkdtempSync(join(tmpdir(), 'recordings-'));
for (const [name, rows] of [
  ['walk/anna', '0,1 0,2\n0,3 0,1\n'],
  ['walk/ben', '0,2 0,2\n'],
  ['run/anna', '1,5 0,9\n1,4 1,1\n1,6 0,8\n'],
]) {
  mkdirSync(join(folder, 'train', name, '..'), { recursive: true });
  writeFileSync(join(folder, 'train', `${name}.csv`), `x y\n${rows}`);
}
writeFileSync(
  join(folder, 'table.csv'),
  'file,label,subject\ntrain/run/anna.csv,run,anna\ntrain/walk/ben.csv,walk,ben\n',
);
writeFileSync(join(folder, 'wide.csv'), 'label,t0,t1,t2\nup,1,2,3\ndown,3,2,\n');

const train = await loadRecordings(join(folder, 'train'));
console.log(train.ids, train.classes, train.channelNames);
const table = await loadRecordings(join(folder, 'table.csv'));
console.log(table.ids, table.groups);
const wide = await loadRecordings(join(folder, 'w*.csv'));
console.log(wide.classes, allValues(wide));
rmSync(folder, { recursive: true });
