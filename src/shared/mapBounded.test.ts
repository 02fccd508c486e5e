import { expect, it } from 'vitest';
import { mapBounded } from './mapBounded.js';

it('gives results in the order of the items, with no more in the making than the limit', async () => {
  let running = 0;
  let most = 0;
  const results = await mapBounded([3, 1, 2, 0, 1], 2, async (turns, index) => {
    most = Math.max(most, ++running);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    running--;
    return `${index}:${turns}`;
  });
  expect(results).toEqual(['0:3', '1:1', '2:2', '3:0', '4:1']);
  expect(most).toBe(2);
});

it('rejects with the first error', async () => {
  const failing = mapBounded([1, 2, 3], 2, (n) =>
    n === 2 ? Promise.reject(new Error('two')) : Promise.resolve(n),
  );
  await expect(failing).rejects.toThrow('two');
});
