// What is told of a run or a study when it begins: its parameters, who made it, and with what.
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { masqVersion } from '../../shared/node/version.js';
import type { FlatParameters } from '../flatten.js';
import { longest, textOf, withKeys } from './names.js';
import type { OutboxLine } from './outbox.js';

/**
 * The first lines of an outbox, the tags last.
 *
 * @param directory of the run or study, whose environment.json is read where there is one
 */
export async function beginning(directory: string, parameters: FlatParameters): Promise<OutboxLine[]> {
  return [
    { type: 'params', values: withKeys(parameters, (value) => textOf(value, longest.parameter)) },
    {
      type: 'tags',
      values: withKeys(
        {
          'mlflow.user': userName(),
          'mlflow.source.name': 'masq',
          'mlflow.source.type': 'LOCAL',
          'masq.version': masqVersion(),
          'masq.directory': resolve(directory),
          ...(await environmentTags(directory)),
        },
        (value) => textOf(value, longest.tag),
      ),
    },
  ];
}

const environmentSchema = z.object({
  tensorflow: z.string().nullable(),
  device: z.string(),
  git: z.object({ commit: z.string() }).nullable(),
});

async function environmentTags(directory: string): Promise<Record<string, string>> {
  const text = await readFile(join(directory, 'environment.json'), 'utf8').catch(() => '{}');
  const { data } = environmentSchema.safeParse(JSON.parse(text));
  if (data === undefined) return {};
  return {
    'masq.device': data.device,
    ...(data.tensorflow === null ? {} : { 'masq.tensorflow': data.tensorflow }),
    ...(data.git === null ? {} : { 'mlflow.source.git.commit': data.git.commit }),
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A process in a container may run as a user without a name.
    return 'unknown';
  }
}
