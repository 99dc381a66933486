/** What the act returns, or undefined where it throws: for storage that may be blocked, full or unreadable. */
export function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
