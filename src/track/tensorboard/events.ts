// The events of an event file as protocol buffers: `Event` and `SessionLog` of tensorflow/core/util/event.proto,
// `Summary` of tensorflow/core/framework/summary.proto and `HistogramProto` of tensorflow/tsl/protobuf/histogram.proto,
// whose field numbers stand here. Scalars and histograms have the older form (`simple_value`, `histo`), which every
// version of TensorBoard and all programs that read event files understand.
import type { PbfWriter } from 'pbf';
import { encodeMessage, message, type Fields } from '../../shared/protobuf.js';
import type { Histogram } from './histogram.js';

/** What is shown under a tag: a number, a histogram, or data of TensorBoard's plugin for hyperparameters. */
export type TaggedValue = { readonly tag: string } & (
  { readonly scalar: number } | { readonly histogram: Histogram } | { readonly hyperparameters: Uint8Array }
);

/** When an event came to be. */
export interface EventTime {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
}

/** The first event of every file, which tells its version. */
export function fileVersionEvent(wallTime: number): Uint8Array {
  return encodeEvent({ wallTime, step: 0 }, (event) => {
    event.writeStringField(3, 'brain.Event:2');
  });
}

/** The start of a process that writes. Readers drop what earlier files have of its step and of later ones. */
export function sessionStartEvent(time: EventTime): Uint8Array {
  return encodeEvent(time, (event) => {
    message(event, 7, (log) => {
      log.writeVarintField(1, 1);
    });
  });
}

/** Values of one step. */
export function summaryEvent(time: EventTime, values: readonly TaggedValue[]): Uint8Array {
  return encodeEvent(time, (event) => {
    message(event, 5, (summary) => {
      for (const value of values) message(summary, 1, valueFields(value));
    });
  });
}

function encodeEvent({ wallTime, step }: EventTime, what: Fields): Uint8Array {
  return encodeMessage((event) => {
    event.writeDoubleField(1, wallTime);
    event.writeVarintField(2, step);
    what(event);
  });
}

function valueFields(value: TaggedValue): Fields {
  return (pbf) => {
    pbf.writeStringField(1, value.tag);
    if ('scalar' in value) pbf.writeFloatField(2, value.scalar);
    else if ('histogram' in value) message(pbf, 5, histogramFields(value.histogram));
    else writeHyperparameters(pbf, value.hyperparameters);
  };
}

function histogramFields({ min, max, count, sum, sumOfSquares, limits, counts }: Histogram): Fields {
  return (pbf) => {
    for (const [i, statistic] of [min, max, count, sum, sumOfSquares].entries()) {
      pbf.writeDoubleField(i + 1, statistic);
    }
    pbf.writePackedDouble(6, [...limits]);
    pbf.writePackedDouble(7, [...counts]);
  };
}

/** The data are the value's metadata; readers want a tensor beside them, which holds nothing: float, shape [0]. */
function writeHyperparameters(pbf: PbfWriter, content: Uint8Array): void {
  message(pbf, 8, (tensor) => {
    tensor.writeVarintField(1, 1);
    message(tensor, 2, (shape) => {
      message(shape, 2, (dimension) => {
        dimension.writeVarintField(1, 0);
      });
    });
  });
  message(pbf, 9, (metadata) => {
    message(metadata, 1, (plugin) => {
      plugin.writeStringField(1, 'hparams');
      plugin.writeBytesField(2, content);
    });
  });
}
