// Which failures are worth another try.
import { expect, it } from 'vitest';
import { UserError } from '../../shared/errors.js';
import { NonFiniteLossError } from '../../train/index.js';
import { failureOf, failureOfProcess } from './failure.js';

const system = (code: string): Error => Object.assign(new Error(code), { code });

it.each<[what: string, error: unknown, retry: boolean, diskFull: boolean]>([
  ['a mistake of the user', new UserError('no such file'), false, false],
  ['a loss that became NaN', new NonFiniteLossError('The loss became NaN'), false, false],
  ['a mistake of masq', new TypeError('undefined is not a function'), false, false],
  ['memory of a card', new Error('OOM when allocating tensor with shape[64,128]'), true, false],
  ['memory of the machine', new RangeError('Array buffer allocation failed'), true, false],
  [
    'a disk that was away',
    new UserError('this file cannot be read', {}, { cause: system('ESTALE') }),
    true,
    false,
  ],
  ['a full disk', new Error('The disk is full.', { cause: system('ENOSPC') }), true, true],
])('judges %s', (_, error, retry, diskFull) => {
  expect(failureOf(error)).toMatchObject({ retry, diskFull });
});

it('tells how a process ended that could not say so, with what it printed last', () => {
  expect(failureOfProcess({ code: null, signal: 'SIGABRT' }, 'first\nCheck failed: x\n')).toEqual({
    message: 'The process of the trial was ended by SIGABRT. Its last words: first Check failed: x',
    retry: true,
    diskFull: false,
  });
});
