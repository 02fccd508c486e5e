#!/usr/bin/env node
// The `masq` command of a clone or an installed package. It is a file of its own, outside the build, so that npx finds
// it in a clone that is not set up yet.
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write('masq is not built in this clone yet. Run: npm run setup\n');
  process.exitCode = 1;
}
