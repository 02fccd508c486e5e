// Tells of work that takes a while.

/** Milliseconds after which work is told of. */
const A_WHILE = 2000;

/** Waits for work, and calls `tell` once where it takes more than two seconds. */
export async function whenSlow<Result>(
  work: Promise<Result>,
  tell: () => void = () => undefined,
): Promise<Result> {
  const timer = setTimeout(tell, A_WHILE);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
