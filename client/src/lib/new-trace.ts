/** A `traceparent` of its own: https://www.w3.org/TR/trace-context/#traceparent-header */
export function newTrace(): string {
  const [high, low, span] = [...crypto.getRandomValues(new BigUint64Array(3))].map((n) => n.toString(16).padStart(16, "0"));
  return `00-${high}${low}-${span}-01`;
}
