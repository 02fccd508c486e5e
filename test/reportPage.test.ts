// The page of a study in a real browser: it loads nothing, its tables sort, and it can be read in light, dark and on a phone.
// MASQ_SCREENSHOTS names a folder for pictures of it.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { renderReport } from '../src/report/renderReport.js';
import { findBrowser } from './support/browser.js';
import { drivePage, type DrivenPage } from './support/devtools.js';
import { serve, type Server } from './support/server.js';
import { awkwardStudyReport, largeStudyReport, smallStudyReport } from './support/studyReport.js';

const browser = findBrowser();
const noBrowser = 'no Chromium, Chrome or Edge is installed; MASQ_TEST_BROWSER can name one';
const { MASQ_SCREENSHOTS } = process.env;

const looks = {
  light: { width: 1280, scheme: 'light' },
  dark: { width: 1280, scheme: 'dark' },
  narrow: { width: 360, scheme: 'light' },
} as const;
type Look = keyof typeof looks;
type Study = 'small' | 'awkward' | 'large';

let server: Server;
let page: DrivenPage;

beforeAll(async () => {
  if (browser === null) {
    console.warn(`Skipped: ${noBrowser}`);
    return;
  }
  const reports = { small: smallStudyReport(), awkward: awkwardStudyReport(), large: largeStudyReport() };
  server = await serve(
    new Map(
      Object.entries(reports).map(([name, report]) => [
        `/${name}.html`,
        { type: 'text/html', body: renderReport(report) },
      ]),
    ),
  );
  page = await drivePage(browser);
}, 300_000);

afterAll(async () => {
  if (browser === null) return;
  await page.close();
  server.close();
});

async function look(study: Study, as: Look): Promise<void> {
  const { width, scheme } = looks[as];
  await page.send('Emulation.setDeviceMetricsOverride', {
    ...{ width, height: 900, deviceScaleFactor: 1, mobile: width < 500 },
  });
  await page.send('Emulation.setEmulatedMedia', {
    features: [{ name: 'prefers-color-scheme', value: scheme }],
  });
  await page.open(`${server.url}/${study}.html`);
}

async function openAll(): Promise<void> {
  await page.evaluate('document.querySelectorAll("details").forEach((each) => { each.open = true; })');
}

const cases = (['small', 'awkward', 'large'] as const).flatMap((study) =>
  (['light', 'dark', 'narrow'] as const).map((as) => ({ study, as })),
);

test.for(cases)(
  'the $study report loads alone, complains of nothing, fits the page, and its text stands out ($as)',
  { timeout: 180_000 },
  async ({ study, as }, { skip }) => {
    if (browser === null) return skip(noBrowser);
    await look(study, as);
    if (MASQ_SCREENSHOTS !== undefined) await saveScreenshots(MASQ_SCREENSHOTS, study, as);
    await openAll();
    // The browser has laid the page out when it answers this.
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    expect(page.requests.filter((url) => !url.startsWith('data:'))).toEqual([`${server.url}/${study}.html`]);
    expect(page.complaints).toEqual([]);
    // Colours are those of the scheme, whatever the width.
    if (as !== 'narrow') expect(await page.evaluate(faintText)).toEqual([]);
  },
);

test('a header sorts its table by click, the other way by a second one, and what is missing stays last', async ({
  skip,
}) => {
  if (browser === null) return skip(noBrowser);
  await look('small', 'light');
  expect(await column('Difference')).toEqual(['+0.0500', '+0.0300', '–']);
  await click('Difference');
  expect(await column('Difference')).toEqual(['+0.0300', '+0.0500', '–']);
  expect(await sorted()).toEqual({ Difference: 'ascending' });
  await click('Difference');
  expect(await column('Difference')).toEqual(['+0.0500', '+0.0300', '–']);
  expect(await sorted()).toEqual({ Difference: 'descending' });
  await click('Method');
  expect(await column('Method')).toEqual(['attention=none baseline', 'ratio=2', 'ratio=16']);
  expect(await sorted()).toEqual({ Method: 'ascending' });
});

test('a header is reached and pressed by keyboard', async ({ skip }) => {
  if (browser === null) return skip(noBrowser);
  await look('small', 'light');
  await page.evaluate(`${header('n')}.focus()`);
  await page.press('Tab');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Mean');
  await page.press('Enter');
  expect(await column('Mean')).toEqual(['0.9000', '0.9300', '0.9500']);
  await page.press(' ');
  expect(await column('Mean')).toEqual(['0.9500', '0.9300', '0.9000']);
});

test('a link to a data set that is folded opens it', async ({ skip }) => {
  if (browser === null) return skip(noBrowser);
  await look('large', 'light');
  expect(await page.evaluate('document.querySelector("#data-3").open')).toBe(false);
  await page.evaluate('document.querySelector("nav a[href=\'#data-3\']").click()');
  await page.evaluate('new Promise((resolve) => setTimeout(resolve))');
  expect(await page.evaluate('document.querySelector("#data-3").open')).toBe(true);
});

test('all data sets are open on paper, and only there', async ({ skip }) => {
  if (browser === null) return skip(noBrowser);
  await look('large', 'light');
  const open = () => page.evaluate('document.querySelectorAll("details.dataset[open]").length');
  await page.evaluate('dispatchEvent(new Event("beforeprint"))');
  expect(await open()).toBe(4);
  await page.evaluate('dispatchEvent(new Event("afterprint"))');
  expect(await open()).toBe(1);
});

test('every plot has an extent and a text alternative', async ({ skip }) => {
  if (browser === null) return skip(noBrowser);
  await look('large', 'narrow');
  await openAll();
  const plots = (await page.evaluate(
    `[...document.querySelectorAll('svg')].map((svg) => {
      const { width, height } = svg.getBoundingClientRect();
      return { width, height, label: svg.getAttribute('aria-label'), role: svg.getAttribute('role') };
    })`,
  )) as { width: number; height: number; label: string | null; role: string | null }[];
  // Of each of four data sets: differences, a heat map, two effects, four ratios, three costs, three curves, 40 gates.
  expect(plots).toHaveLength(2 + 4 * (1 + 1 + 2 + 4 + 3 + 3 + 40));
  for (const { width, height, label, role } of plots) {
    expect(role).toBe('img');
    expect(label).toMatch(/\. \S/);
    expect(Math.min(width, height)).toBeGreaterThan(100);
  }
});

/** The button of a header in the table of cells. */
function header(name: string): string {
  return `[...document.querySelectorAll('[aria-label^="Cells"] thead button')].find((each) => each.textContent === ${JSON.stringify(name)})`;
}

async function click(name: string): Promise<void> {
  const place = await page.evaluate(
    `(() => { const button = ${header(name)}; button.scrollIntoView({ block: 'center' }); const { x, y, width, height } = button.getBoundingClientRect(); return { x: x + width / 2, y: y + height / 2 }; })()`,
  );
  for (const type of ['mousePressed', 'mouseReleased']) {
    await page.send('Input.dispatchMouseEvent', {
      type,
      button: 'left',
      clickCount: 1,
      ...(place as object),
    });
  }
}

function column(name: string): Promise<unknown> {
  return page.evaluate(
    `(() => { const th = ${header(name)}.closest('th'); return [...th.closest('table').tBodies[0].rows].map((row) => row.cells[th.cellIndex].textContent); })()`,
  );
}

function sorted(): Promise<unknown> {
  return page.evaluate(
    `Object.fromEntries([...document.querySelectorAll('[aria-label^="Cells"] th[aria-sort]:not([aria-sort=none])')].map((th) => [th.textContent, th.getAttribute('aria-sort')]))`,
  );
}

/** Texts whose contrast (WCAG 2.2) to what is behind them is below 4.5; of elements that look alike only the first few are asked. */
const faintText = `(() => {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const known = new Map();
  const channels = (color) => {
    if (!known.has(color)) {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = color;
      context.fillRect(0, 0, 1, 1);
      known.set(color, [...context.getImageData(0, 0, 1, 1).data]);
    }
    return known.get(color);
  };
  const luminance = (color) => {
    const [r, g, b] = channels(color).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backgroundOf = (element) => {
    const tile = element.closest('.tile');
    if (tile) return getComputedStyle(tile.querySelector('rect')).fill;
    for (let each = element; each; each = each.parentElement) {
      const { backgroundColor } = getComputedStyle(each);
      if (channels(backgroundColor)[3] === 255) return backgroundColor;
    }
    return 'white';
  };
  const seen = new Map();
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() === '' || element.closest('script, title') !== null) continue;
    const names = [element, element.parentElement, element.parentElement.parentElement];
    const key = names.map((each) => each.localName + '.' + each.getAttribute('class')).join();
    seen.set(key, (seen.get(key) ?? 0) + 1);
    if (seen.get(key) > 40) continue;
    const style = getComputedStyle(element);
    const color = element.namespaceURI.endsWith('svg') ? style.fill : style.color;
    const [low, high] = [luminance(color), luminance(backgroundOf(element))].sort((a, b) => a - b);
    const contrast = (high + 0.05) / (low + 0.05);
    if (!(contrast >= 4.5)) faint.push(element.textContent + ': ' + contrast.toFixed(2));
  }
  return faint;
})()`;

async function saveScreenshots(directory: string, study: Study, as: Look): Promise<void> {
  await mkdir(directory, { recursive: true });
  const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
  const step = 1500;
  for (let y = 0, i = 0; y < height && i < 20; y += step, i++) {
    const shot = await page.screenshot({ y, height: Math.min(step, height - y) });
    const name = `${study}-${as}-${String(i).padStart(2, '0')}.png`;
    await writeFile(join(directory, name), Buffer.from(shot, 'base64'));
  }
}
