// Gets a data set of the UCR/UEA archive and says what is in it, and whether its parts share recordings. Another address that has
// NAME.zip, and the folder to put it into, may follow the name: node examples/download.mjs GunPoint
import { describeFiles, downloadDataSet } from 'masq/data';

const [name = 'GunPoint', url, folder] = process.argv.slice(2);
const { folder: place, train, test } = await downloadDataSet(name, { url, folder });
console.log(`${train.recordings} recordings to train on, ${test.recordings} to test on`);
const { repetitions } = await describeFiles([place]);
console.log(repetitions.length === 0 ? 'no recording occurs twice' : repetitions);
