/** The promise's own end, or a rejection after `ms` milliseconds. */
export function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what}: an end within ${ms} ms was expected`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
