// NumPy arrays in Fortran order, whose first axis changes fastest, so that the last recording is everywhere in the file: as many rows as
// memory may hold are gathered at a time.
import { entriesOf } from './npyHeader.js';
import { type NpyArray, numbersAt, numbersOf } from './npyArray.js';
import { PART_VALUES } from './binaryFormat.js';

/** Bytes of float32 that are gathered at a time, and where each time all is unpacked. */
const GATHERED = { file: 1 << 26, archive: 1 << 28 };

/** Bytes of a column from which its rows are read by themselves; where it has fewer, all columns are read in one go. */
const LONG_COLUMN = 1 << 15;

/** The shape of an array in Fortran order: `[rows, time, channels]`. */
export interface ColumnShape {
  readonly rows: number;
  readonly time: number;
  readonly channels: number;
}

/**
 * The rows of an array in Fortran order one after another, some at a time, each `[time, channels]`.
 *
 * @param gathers bytes of them at a time
 * @param longColumn bytes of a column from which its rows are read by themselves
 */
export async function* rowsOfColumns(
  array: NpyArray,
  { rows, time, channels }: ColumnShape,
  gathers = array.bytes.read === undefined ? GATHERED.archive : GATHERED.file,
  longColumn = LONG_COLUMN,
): AsyncGenerator<Float32Array> {
  const columns = time * channels;
  const most = Math.max(1, Math.floor(gathers / 4 / columns));
  const readsColumns = array.bytes.read !== undefined && rows * array.type.size >= longColumn;
  for (let first = 0; first < rows; first += most) {
    const n = Math.min(most, rows - first);
    const gathered = new Float32Array(n * columns);
    // Entries from `start` on in the order of the file, of whatever columns.
    const gather = (start: number, numbers: Float32Array): void => {
      const end = start + numbers.length;
      for (let column = Math.floor(start / rows); column * rows < end; column++) {
        const top = column * rows + first;
        const position = (column % time) * channels + Math.floor(column / time);
        const last = Math.min(end, top + n);
        for (let entry = Math.max(start, top); entry < last; entry++) {
          gathered[(entry - top) * columns + position] = numbers[entry - start];
        }
      }
    };
    if (readsColumns && n < rows) {
      for (let column = 0; column < columns; column++) {
        const start = column * rows + first;
        gather(start, await numbersAt(array, start, n));
      }
    } else {
      let start = 0;
      for await (const numbers of numbersOf(array, Math.min(PART_VALUES, entriesOf(array)))) {
        gather(start, numbers);
        start += numbers.length;
      }
    }
    yield gathered;
  }
}
