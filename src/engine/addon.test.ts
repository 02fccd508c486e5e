// The link for programs that load the package without masq: made where it can be, and no failure where it cannot.
import { mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { linkAddonIntoPackage } from './addon.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'masq-link-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('the link is made, with its folder, beside what an interrupted process of the same number left', () => {
  const place = join(folder, 'addon.node');
  symlinkSync('/elsewhere', `${place}.${process.pid}.tmp`);
  linkAddonIntoPackage('/engine/addon.node', place);
  linkAddonIntoPackage('/engine/addon.node', join(folder, 'deeper', 'addon.node'));
  expect(readlinkSync(place)).toBe('/engine/addon.node');
  expect(readdirSync(folder)).toEqual(['addon.node', 'deeper']);
});

test('a link that is there already stays', () => {
  const place = join(folder, 'addon.node');
  writeFileSync(place, 'an addon');
  linkAddonIntoPackage('/engine/addon.node', place);
  expect(() => readlinkSync(place)).toThrow('EINVAL');
});

test('a link that cannot be made is no failure', () => {
  writeFileSync(join(folder, 'file'), 'no folder');
  expect(() => {
    linkAddonIntoPackage('/engine/addon.node', join(folder, 'file', 'addon.node'));
  }).not.toThrow();
});
