import { appendFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { acquireLease, thisProcess, type Holder, type Lease } from './lease.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'masq-lease-'));
});
afterEach(() => rm(folder, { recursive: true }));

const elsewhere: Holder = { host: 'node2', machine: 'another', pid: 12, started: '345' };
const refuse = (holder: Holder | null): never => {
  throw new Error(`held by ${holder?.pid ?? 'nobody known'} on ${holder?.host ?? '?'}`);
};
/** No time passes but what `meanwhile` makes of it. */
const take = (meanwhile: () => void | Promise<void> = () => undefined): Promise<Lease> =>
  acquireLease(folder, { onHeld: refuse, sleep: async () => meanwhile() });
const taken = (): Promise<Lease> => acquireLease(folder, { onHeld: refuse, holder: elsewhere });

it('is held while its holder lives, and free when that has released it or died', async () => {
  const lease = await take();
  await expect(take()).rejects.toThrow(`held by ${process.pid} on `);
  await lease.release();
  await take();
  const dead = { ...thisProcess(), started: '1' };
  await rm(folder, { recursive: true });
  await acquireLease(folder, { onHeld: refuse, holder: dead });
  await take();
  expect((await readdir(folder)).sort()).toEqual(['1', '2']);
});

it('of a holder on another machine is held while that renews it, and is taken over when it does not for a minute', async () => {
  const other = await taken();
  let looks = 0;
  const renewedLate = async (): Promise<void> => {
    if (++looks === 5) await other.renew();
  };
  await expect(take(renewedLate)).rejects.toThrow('held by 12 on node2');
  looks = 0;
  const lease = await take(() => {
    looks++;
  });
  expect(looks).toBe(6);
  expect(await lease.renew()).toBe(true);
});

it('is lost for a holder that comes back after it was taken over', async () => {
  const other = await taken();
  expect(await other.renew()).toBe(true);
  await take();
  expect(await other.renew()).toBe(false);
});

it('is taken by one of two that find its holder gone at the same time', async () => {
  await taken();
  // The winner renews while the loser looks at its lease.
  const sleep = async (): Promise<void> => {
    if ((await readdir(folder)).includes('2')) await appendFile(join(folder, '2'), '.');
  };
  const both = await Promise.allSettled(
    [1, 2].map((pid) => acquireLease(folder, { onHeld: refuse, holder: { ...elsewhere, pid }, sleep })),
  );
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

it('of a holder that was killed before it wrote its name is taken over', async () => {
  await writeFile(join(folder, '1'), '');
  let looks = 0;
  await take(() => {
    looks++;
  });
  expect(looks).toBe(6);
});
