// The JSON Schema of a study file, by which editors complete and check one.
import { z } from 'zod';
import { studySchema } from './studySchema.js';

/** The JSON Schema (draft 2020-12) of a study file as a user may write it. */
export function studyJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(studySchema(), { io: 'input', target: 'draft-2020-12' });
  return { ...schema, title: 'masq study' };
}
