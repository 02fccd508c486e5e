// Plain readers of NumPy arrays, as NumPy writes them, and of Parquet files, which hyparquet reads.
import { parquetReadObjects } from 'hyparquet';
import { compressors } from './compressors.mjs';

const TYPES = {
  '<f4': ['getFloat32', 4],
  '<f8': ['getFloat64', 8],
  '<i2': ['getInt16', 2],
  '<i4': ['getInt32', 4],
  '|u1': ['getUint8', 1],
};
const HEADER =
  /^\{'descr': '([^']+)', 'fortran_order': False, 'shape': \((\d+), (\d+)(?:, (\d+))?\), \} *\n$/;

/** Recordings of an array of values `[recordings, time, channels]` or `[recordings, time]`, cut to `lengths` where they are given. */
export function plainNpy(bytes, lengths) {
  if (bytes.toString('latin1', 0, 8) !== '\x93NUMPY\x01\0') return null;
  const start = 10 + bytes.readUInt16LE(8);
  const [, descr, ...axes] = HEADER.exec(bytes.toString('latin1', 10, start)) ?? [];
  if (descr === undefined || TYPES[descr] === undefined) return null;
  const [recordings, time, channels] = axes.map((axis) => Number(axis ?? 1));
  const [read, size] = TYPES[descr];
  if (recordings * time * channels * size !== bytes.length - start)
    return { refused: 'its size is not that of its shape' };
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
  return Array.from({ length: recordings }, (_, i) => ({
    id: String(i),
    values: Array.from({ length: lengths?.[i] ?? time }, (_, t) =>
      Array.from({ length: channels }, (_, c) => view[read](((i * time + t) * channels + c) * size, true)),
    ),
  }));
}

/** Recordings of a Parquet file of the forms that the fuzzer damages; null where hyparquet cannot read it. */
export async function plainParquet(bytes, channelNames) {
  let rows;
  try {
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    rows = await parquetReadObjects({ file, compressors, utf8: true });
  } catch {
    return null;
  }
  const names = channelNames ?? ['values'];
  if (rows.length === 0 || names.some((name) => !(name in rows[0]))) return null;
  if (rows.some((row) => names.some((name) => row[name] === undefined))) return null;
  const number = (value) => (value === null ? NaN : Number(value));
  if (Array.isArray(rows[0][names[0]])) {
    const lists = rows.map((row) => names.map((name) => row[name]));
    if (!lists.flat().every(Array.isArray)) return null;
    return lists.map((channels) => ({
      values:
        channelNames === null
          ? channels[0].map((step) => step.map(number))
          : channels[0].map((_, t) => channels.map((list) => number(list[t]))),
    }));
  }
  const recordings = new Map();
  for (const row of rows) {
    if (row.recording_id === undefined) return null;
    const id = String(row.recording_id);
    if (!recordings.has(id)) recordings.set(id, { id, values: [] });
    recordings.get(id).values.push(names.map((name) => number(row[name])));
  }
  return [...recordings.values()];
}
