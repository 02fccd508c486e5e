// What TensorBoard's HParams dashboard is told of a run: `HParamsPluginData` of
// tensorboard/plugins/hparams/plugin_data.proto and `Status` of its api.proto, whose field numbers stand here.
//
// No run describes an `Experiment`: TensorBoard takes the description of whichever run it meets first for all of them, and
// would hide hyperparameters that only others have. Without one it gathers hyperparameters and metrics from all runs, and
// knows which of them differ.
import { encodeMessage, message, type Fields } from '../../shared/protobuf.js';
import type { FlatParameters } from '../flatten.js';
import type { TaggedValue } from './events.js';

const statuses = { finished: 1, failed: 2 } as const;

/** How a run ended for good: it is not gone on with. */
export type FinalStatus = keyof typeof statuses;

/** The hyperparameters of a run, and when it was begun (seconds since 1970). */
export function sessionStartValue(parameters: FlatParameters, startTime: number): TaggedValue {
  return pluginValue('_hparams_/session_start_info', 3, (info) => {
    for (const [key, value] of Object.entries(parameters)) {
      message(info, 1, (entry) => {
        entry.writeStringField(1, key);
        // google.protobuf.Value
        message(entry, 2, (field) => {
          if (typeof value === 'number') field.writeDoubleField(2, value);
          else if (typeof value === 'string') field.writeStringField(3, value);
          else field.writeBooleanField(4, value);
        });
      });
    }
    info.writeDoubleField(5, startTime);
  });
}

/** How and when a run ended (seconds since 1970). */
export function sessionEndValue(status: FinalStatus, endTime: number): TaggedValue {
  return pluginValue('_hparams_/session_end_info', 4, (info) => {
    info.writeVarintField(1, statuses[status]);
    info.writeDoubleField(2, endTime);
  });
}

function pluginValue(tag: string, kind: number, fields: Fields): TaggedValue {
  const hyperparameters = encodeMessage((data) => {
    message(data, kind, fields);
  });
  return { tag, hyperparameters };
}
