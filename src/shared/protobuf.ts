// What writing protocol buffers with `pbf` lacks: messages within messages, as functions that write their fields.
import { PbfWriter } from 'pbf';

/** Writes the fields of a message. */
export type Fields = (pbf: PbfWriter) => void;

/** Writes a message as field `tag` of another. */
export function message(pbf: PbfWriter, tag: number, write: Fields): void {
  pbf.writeMessage(
    tag,
    (_: null, inner) => {
      write(inner);
    },
    null,
  );
}

/** A message by itself. */
export function encodeMessage(write: Fields): Uint8Array {
  const pbf = new PbfWriter();
  write(pbf);
  return pbf.finish();
}
