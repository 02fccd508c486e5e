// masq/layers and masq/models in a page of a real browser: they load there, and saved models give the same logits on each
// of its backends.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { rolldown } from 'rolldown';
import { beforeAll, expect, test } from 'vitest';
import { loadEngine } from '../src/engine/index.js';
import { findBrowser, openPage } from './support/browser.js';
import { batch, largestDifference, saveModels, type SavedModel } from './support/savedModels.js';
import { serve, type Files } from './support/server.js';

/** What the page sends. */
interface Answer {
  readonly error?: string;
  /** Logits by backend, then by the model's path. */
  readonly logits: Record<string, Record<string, number[][]>>;
  /** Layers whose gates were read of a model that was built in the page. */
  readonly gates: string[];
}

const browser = findBrowser();
const noBrowser = 'no Chromium, Chrome or Edge is installed; MASQ_TEST_BROWSER can name one';
/** How far logits may be off. WebGL promises sines, which positions in a recording become, to 2^-11 only. */
const tolerances: Record<string, number> = { cpu: 1e-4, wasm: 1e-4, webgl: 1e-3 };
const backends = Object.keys(tolerances);
/** What a backend runs: of those that Node has too, where test/backends.test.ts runs everything, no more than each model. */
const modelsOf = (backend: string): SavedModel[] => saved.filter(({ plain }) => plain || backend === 'webgl');
let saved: SavedModel[] = [];
let answer: Answer;

beforeAll(async () => {
  if (browser === null) {
    console.warn(`Skipped: ${noBrowser}`);
    return;
  }
  await loadEngine();
  const { files, ...rest } = await saveModels();
  ({ saved } = rest);
  await addPage(files);
  answer = JSON.parse(await answerOf(browser, files)) as Answer;
}, 600_000);

test.for(backends)(
  'a browser gives the logits of every saved model on its backend %s, and of every attention on webgl',
  (backend, { skip }) => {
    if (browser === null) return skip(noBrowser);
    expect(answer.error).toBeUndefined();
    if (backend === 'webgl' && !(backend in answer.logits)) return skip(`${browser} has no ${backend} here`);
    for (const { title, path, logits } of modelsOf(backend)) {
      expect(largestDifference(answer.logits[backend][path], logits), title).toBeLessThan(
        tolerances[backend],
      );
    }
  },
);

test('a browser builds a model and reads its gates', ({ skip }) => {
  if (browser === null) return skip(noBrowser);
  expect(answer.gates).toEqual(['block1_attention', 'block2_attention']);
});

/** A script that does not load, since it imports what a browser lacks, is told of too. */
const html = `<!doctype html>
<script>
  addEventListener('error', ({ message = 'the script does not load' }) => {
    fetch('/answer', { method: 'POST', body: JSON.stringify({ error: message }) });
  }, true);
</script>
<script type="module" src="/page.js"></script>`;

/** Adds the page, bundled as for any page, and what it asks for. */
async function addPage(files: Files): Promise<void> {
  const bundle = await rolldown({ input: 'test/support/page.mjs', platform: 'browser' });
  const [{ code }] = (await bundle.generate({ format: 'esm' })).output;
  files.set('/', { type: 'text/html', body: html });
  files.set('/page.js', { type: 'text/javascript', body: code });
  const [values, lengths] = batch();
  const inputs = {
    backends: Object.fromEntries(backends.map((name) => [name, modelsOf(name).map(({ path }) => path)])),
    // JSON has no NaN: what stands in the padding is null there.
    values: Array.from(values.dataSync()),
    shape: values.shape,
    lengths: Array.from(lengths.dataSync()),
  };
  files.set('/inputs.json', { type: 'application/json', body: JSON.stringify(inputs) });
  const folder = 'node_modules/@tensorflow/tfjs-backend-wasm/dist';
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.wasm'))) {
    files.set(`/wasm/${name}`, { type: 'application/wasm', body: readFileSync(join(folder, name)) });
  }
}

/** What the page sends when it is done. */
async function answerOf(browser: string, files: Files): Promise<string> {
  let receive: (body: string) => void = () => undefined;
  const body = new Promise<string>((resolve) => (receive = resolve));
  const server = await serve(files, receive);
  const page = await openPage(browser, `${server.url}/`);
  try {
    return await Promise.race([body, page.ended, silence()]);
  } finally {
    await page.close();
    server.close();
  }
}

async function silence(): Promise<never> {
  await setTimeout(400_000, undefined, { ref: false });
  throw new Error('The page has sent nothing for 400 seconds.');
}
