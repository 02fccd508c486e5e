// Says plainly why a packed file, or what lies beside it until it is whole, cannot be written.
import { dirname } from 'node:path';
import { codeOf, isDiskFull, messageOf, UserError } from '../../shared/errors.js';

/** Writing failed by no mistake of the user, as the disk is full. Its cause is the system's error. */
export class PackWriteError extends Error {
  override readonly name = 'PackWriteError';
}

/** What system calls say of a path that cannot be written, whoever tries it again. */
const mistakes = 'EACCES EEXIST EFBIG EISDIR ELOOP ENAMETOOLONG ENOENT ENOTDIR EPERM EROFS'.split(' ');

const elsewhere = 'name another place (--out, or MASQ_CACHE for sets that are packed for training)';

/**
 * Writes some of the packed file `path`.
 *
 * @throws UserError where the path cannot be written
 * @throws PackWriteError where the disk is full, or the system fails otherwise
 */
export function writing<Result>(path: string, write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    throw writeErrorOf(path, error);
  }
}

/** What to throw where writing some of the packed file `path` failed with `error`. */
export function writeErrorOf(path: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  if (isDiskFull(error)) {
    const message = `${path} cannot be written: the disk of ${dirname(path)} is full. Make room there, or ${elsewhere}.`;
    return new PackWriteError(message, { cause: error });
  }
  const why =
    code === 'EFBIG'
      ? 'it would be larger than the file system, or the limit of this process (ulimit -f), allows'
      : messageOf(error);
  if (!mistakes.includes(code))
    return new PackWriteError(`${path} cannot be written: ${why}.`, { cause: error });
  return new UserError(
    `the packed file cannot be written: ${why}. Mend that, or ${elsewhere}.`,
    { file: path },
    { cause: error },
  );
}
