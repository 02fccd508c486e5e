// The JSON Schema of a config, by which editors complete and check one.
import { z } from 'zod';
import { configSchema } from './configSchema.js';

/** The JSON Schema (draft 2020-12) of a config as a user may write it, from what is registered now. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema(), { io: 'input', target: 'draft-2020-12' });
  return { ...schema, title: 'masq config' };
}
