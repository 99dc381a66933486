/** Whether an object is meant as a batch: no event has a field of these names. */
export function isBatch(body: Record<string, unknown>): boolean {
  return Object.hasOwn(body, "events") || Object.hasOwn(body, "parts");
}
