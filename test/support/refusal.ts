// What the user is told by something that refuses.
import { UserError } from '../../src/shared/errors.js';

/** The message of the `UserError` that `action` throws; other errors are thrown on. */
export function refusalOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  throw new Error('Nothing was refused.');
}
