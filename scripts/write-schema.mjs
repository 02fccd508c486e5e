// Writes the JSON Schemas in configs/ from the schemas in the build: `npm run build && node scripts/write-schema.mjs`.
import { writeFile } from 'node:fs/promises';
import { studyJsonSchema } from '../dist/sweep/study/jsonSchema.js';
import { configJsonSchema } from '../dist/train/jsonSchema.js';

const schemas = { 'schema.json': configJsonSchema(), 'study-schema.json': studyJsonSchema() };
for (const [name, schema] of Object.entries(schemas)) {
  await writeFile(new URL(`../configs/${name}`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
}
