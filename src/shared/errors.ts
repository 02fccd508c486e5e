// The one error class for mistakes of the user: wrong command line, config or input file. The command line
// prints its message plainly, without a stack trace, and exits with code 2.

/** Where in a user's file a mistake is. Lines and columns count from 1. */
export interface Place {
  file?: string | undefined;
  line?: number | undefined;
  column?: number | undefined;
}

/**
 * A mistake that the user can mend. The message says what was found, what was expected and what to do;
 * `place`, where known, is put in front of it as `file:line:column: `.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly place: Place;

  constructor(message: string, place: Place = {}, options?: ErrorOptions) {
    super(formatPlace(place) + message, options);
    this.place = place;
  }
}

/** What a mistake of the user is, without the place in front of it. */
export function withoutPlace({ message, place }: UserError): string {
  return message.slice(formatPlace(place).length);
}

/** `file:line:column: ` with the parts that are known, or an empty string. */
export function formatPlace({ file, line, column }: Place): string {
  const parts = [
    file,
    line === undefined ? undefined : `${file === undefined ? 'line ' : ''}${line}`,
    column,
  ];
  const text = parts.filter((part) => part !== undefined).join(':');
  return text === '' ? '' : `${text}: `;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether an error, or what caused it, says that there is no room left, on the disk or in a quota. */
export function isDiskFull(error: unknown): boolean {
  const full = ['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '');
  return full || (error instanceof Error && error.cause !== undefined && isDiskFull(error.cause));
}

/** The `code` of a Node system error such as `ENOENT`, or undefined. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
