import fc from 'fast-check';
import { expect, it } from 'vitest';
import { piecesOf, sourceOf } from './byteSource.js';
import { rowsOfColumns } from './columnOrder.js';
import { openNpyArray } from './npyArray.js';

/** A file of float64 with entry `i` in the order of the file equal to `i`. */
function fileOf(shape: readonly number[]): Buffer {
  const header = `{'descr': '<f8', 'fortran_order': True, 'shape': (${shape.join(', ')}), }\n`;
  const entries = shape.reduce((product, length) => product * length, 1);
  const bytes = Buffer.alloc(10 + header.length + 8 * entries);
  bytes.write('\x93NUMPY\x01\x00', 'latin1');
  bytes.writeUInt16LE(header.length, 8);
  bytes.write(header, 10, 'latin1');
  for (let i = 0; i < entries; i++) bytes.writeDoubleLE(i, 10 + header.length + 8 * i);
  return bytes;
}

it('rows come in their order, [time, channels], however many are gathered at a time and however they are read', async () => {
  const axis = fc.integer({ min: 1, max: 7 });
  await fc.assert(
    fc.asyncProperty(axis, axis, axis, fc.integer({ min: 4, max: 800 }), fc.boolean(), async (...given) => {
      const [rows, time, channels, gathers, byColumn] = given;
      const bytes = fileOf([rows, time, channels]);
      const source = sourceOf('x.npy', bytes);
      const pieces = () => piecesOf(source, 0, bytes.length);
      const array = await openNpyArray({ name: 'it', size: bytes.length, pieces, read: source.read });
      const found: number[] = [];
      for await (const some of rowsOfColumns(
        array,
        { rows, time, channels },
        gathers,
        byColumn ? 0 : Infinity,
      )) {
        expect(some.length).toBeLessThanOrEqual(Math.max(gathers / 4, time * channels));
        found.push(...some);
      }
      const expected: number[] = [];
      for (let row = 0; row < rows; row++) {
        for (let step = 0; step < time; step++) {
          for (let channel = 0; channel < channels; channel++)
            expected.push(row + rows * (step + time * channel));
        }
      }
      expect(found).toEqual(expected);
    }),
  );
});
