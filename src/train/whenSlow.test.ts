import { afterEach, expect, it, vi } from 'vitest';
import { whenSlow } from './whenSlow.js';

afterEach(() => {
  vi.useRealTimers();
});

it('work is told of once after two seconds, and not where it has ended by then', async () => {
  vi.useFakeTimers();
  const tell = vi.fn();
  let end: (result: string) => void = vi.fn();
  const work = new Promise<string>((resolve) => (end = resolve));
  const slow = whenSlow(work, tell);
  await expect(whenSlow(Promise.resolve('quick'), tell)).resolves.toBe('quick');
  vi.advanceTimersByTime(1999);
  expect(tell).not.toHaveBeenCalled();
  vi.advanceTimersByTime(5000);
  expect(tell).toHaveBeenCalledOnce();
  end('done');
  await expect(slow).resolves.toBe('done');
});
