import { expect, test } from 'vitest';
import { currentPrecision, withPrecision } from './precision.js';

test('a precision that there is not is refused', () => {
  expect(() => withPrecision('float16' as 'float32', () => 1)).toThrow(
    'The precision is float16, expected one of float32',
  );
});

test('a precision holds while its function runs, nested ones too, and ends with it even when it throws', () => {
  expect(currentPrecision()).toBe('float32');
  const seen = withPrecision('bfloat16', () => [
    currentPrecision(),
    withPrecision('float32', currentPrecision),
    currentPrecision(),
  ]);
  expect(seen).toEqual(['bfloat16', 'float32', 'bfloat16']);
  const failing = () =>
    withPrecision('bfloat16', () => {
      throw new Error('stopped');
    });
  expect(failing).toThrow('stopped');
  expect(currentPrecision()).toBe('float32');
});
