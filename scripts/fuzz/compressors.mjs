// What hyparquet needs beside Snappy to unpack pages.
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

export const compressors = {
  GZIP: (bytes) => new Uint8Array(gunzipSync(bytes)),
  BROTLI: (bytes) => new Uint8Array(brotliDecompressSync(bytes)),
};
