import { expect, it } from 'vitest';
import { UserError } from '../shared/errors.js';
import { assertSameOptions, loadEngine } from './load.js';

it('refuses what cannot be had, with the reason, and can be asked again', async () => {
  await expect(loadEngine({ threads: 0 })).rejects.toThrow(
    new UserError('threads is 0, expected a whole number from 1.'),
  );
  // More cards than any machine has.
  await expect(loadEngine({ device: 'gpu:64' })).rejects.toThrow(/^Device gpu:64 cannot be had\. \S/);
  expect(await loadEngine({ threads: 1 })).toMatchObject({ device: 'cpu', threads: 1, tfjs: '4.22.0' });
});

it('is loaded once: the same engine for whoever asks, and no other threads', async () => {
  const engine = await loadEngine({ threads: 1 });
  expect(await loadEngine()).toBe(engine);
  await expect(loadEngine({ threads: 2 })).rejects.toThrow(
    new UserError(
      'The engine runs with threads 1 in this process already and cannot change to 2. Start another process for that.',
    ),
  );
});

it('takes gpu and gpu:0 for the same card, and no other for it', () => {
  const engine = { device: 'gpu:0', threads: 2 } as const;
  for (const before of ['gpu', 'gpu:0'] as const) {
    for (const device of ['gpu', 'gpu:0'] as const) {
      expect(() => {
        assertSameOptions({ device }, { device: before }, engine);
      }).not.toThrow();
    }
    expect(() => {
      assertSameOptions({ device: 'gpu:1' }, { device: before }, engine);
    }).toThrow(`The engine runs with device ${before} in this process already and cannot change to gpu:1.`);
  }
});
