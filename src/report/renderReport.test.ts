import { expect, test } from 'vitest';
import { awkwardStudyReport, hostile, smallStudyReport } from '../../test/support/studyReport.js';
import { renderReport } from './renderReport.js';

const small = renderReport(smallStudyReport());
const awkward = renderReport(awkwardStudyReport());

/** The opening tags of a name. */
function tags(page: string, name: string): string[] {
  return page.match(new RegExp(`<${name}(\\s[^>]*)?>`, 'g')) ?? [];
}

test('the same report gives the same bytes', () => {
  expect(renderReport(smallStudyReport())).toBe(small);
});

test('the summary comes before everything else, and then what is missing', () => {
  const order = [
    'Squeezing to a half is best on Waves.',
    'Out of memory in step 12.',
    'Paired differences',
    'A grid of two',
  ];
  const places = order.map((text) => small.indexOf(text));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(Math.min(...places)).toBeGreaterThan(0);
});

test('names that hold markup are shown as they are typed', () => {
  expect(tags(awkward, 'script')).toEqual(['<script>']);
  expect(tags(awkward, 'img')).toEqual([]);
  expect(tags(awkward, 'style')).toEqual(['<style>']);
  expect(tags(awkward, '[a-z]+').filter((tag) => /\son\w+=/.test(tag.replace(/"[^"]*"/g, '')))).toEqual([]);
  const escaped = hostile
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
  expect(awkward).toContain(`<h1>${escaped}</h1>`);
});

test('a page names no address of the network, and allows no script but its own', () => {
  for (const page of [small, awkward]) {
    expect(page).not.toMatch(/https?:|\/\//);
    expect(page).toMatch(/default-src &#39;none&#39;.*script-src &#39;sha256-[\w+/]{43}=&#39;/);
  }
});

test('values link to their runs beside the report, whatever a folder is called', () => {
  expect(small).toContain('<a href="trials/Waves%2Cratio%3D2/1/">0.9400</a>');
  expect(small).toContain(
    '<a href="trials/Waves%2Cratio%3D16/2/" title="Out of memory in step 12.">failed</a>',
  );
  expect(tags(awkward, 'a').filter((tag) => tag.includes('javascript:'))).toEqual([]);
  expect(tags(awkward, 'a').join()).toContain('href="javascript%3Aalert(3)/');
});

test('every plot of a study is there, each with a text alternative', () => {
  const pictures = tags(small, 'svg');
  const titles = [...small.matchAll(/<svg role="img"[^>]*aria-label="([^"]*)"[^>]*><title>([^<]+)</g)];
  expect(titles).toHaveLength(pictures.length);
  expect(titles.map(([, , title]) => title)).toEqual([
    'Paired differences in test.accuracy to attention=none',
    'ratio',
    'All cells',
    'test.accuracy against parameters',
    'test.accuracy against multiply-accumulates',
    'test.accuracy against time of a step',
    'Validation accuracy by epoch',
    'Validation loss by epoch',
    'Training loss by epoch',
    'block1_attention/gate',
    'block2_attention/gate',
  ]);
  expect(titles[0][1]).toContain('2 cells from +0.0300 to +0.0500; 0 significant after correction.');
});

test('no place in a plot is without a number', () => {
  for (const page of [small, awkward])
    expect(page.slice(0, page.indexOf('<script>'))).not.toMatch(/NaN|Infinity|undefined|\bnull\b/);
});

test('gates that are a constant scale are named', () => {
  expect(small).toContain('1 gate of 2 is a constant scale');
  expect(small).toContain('<li>block2_attention/gate of ratio=2</li>');
});

test('a study without baseline, finished trials and analyses says so', () => {
  expect(awkward).toContain('The study names no baseline, so differences are not tested.');
  expect(awkward).toContain('1 failed and 1 did not run to the end');
  expect(awkward).toContain('No analysis of variance: No: ');
  expect(awkward).toContain('<b>Successive halving was used</b>');
  expect(awkward).toContain('<span class="quiet">missing</span>');
});
