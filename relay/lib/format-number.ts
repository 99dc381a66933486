/** A number as people read it, with a comma at each thousand. */
export function formatNumber(value: number): string {
  return value.toLocaleString("en-GB");
}
