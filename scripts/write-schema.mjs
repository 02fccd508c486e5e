// Writes configs/schema.json from the schema in the build: `npm run build && node scripts/write-schema.mjs`.
import { writeFile } from 'node:fs/promises';
import { configJsonSchema } from '../dist/train/jsonSchema.js';

const file = new URL('../configs/schema.json', import.meta.url);
await writeFile(file, `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
