/** Deadlines of calls that cannot be called off. */

/** Rejects when `work` takes longer than `ms`; what it does after that is its own affair. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer from the brokers within ${Math.round(ms)} ms`)), ms);
  });
  work.catch(() => {});
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Answers how many milliseconds are left of `ms`, each time it is called. */
export function startDeadline(ms: number): () => number {
  const end = performance.now() + ms;
  return () => Math.max(0, end - performance.now());
}
