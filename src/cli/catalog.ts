// What `masq models` and `masq layers` share: the options of an entry, from its schema.
import { z } from 'zod';

/** Rows `name, default, meaning` for the options of a schema. */
export function optionRows(schema: z.ZodObject): string[][] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties).map(([name, property]) => {
    const { default: preset, description = '', enum: values } = typeof property === 'object' ? property : {};
    const choices = values === undefined ? '' : ` One of: ${values.map(String).join(', ')}.`;
    return [
      name,
      preset === undefined ? '' : JSON.stringify(preset).replaceAll(',', ', '),
      `${description}${choices}`,
    ];
  });
}

export const optionHead = ['option', 'default', 'meaning'];
