/** A `traceparent` of its own: https://www.w3.org/TR/trace-context/#traceparent-header */
export function newTrace(): string {
  const hex = [...crypto.getRandomValues(new Uint8Array(24))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `00-${hex.slice(16)}-${hex.slice(0, 16)}-01`;
}
