/** A share as people read it; one that is rounded to all or nothing, and is neither, is told as such. */
export function percent(share: number): string {
  const text = (share * 100).toFixed(2);
  if (share < 1 && text === "100.00") return "99.99+ %";
  return share > 0 && text === "0.00" ? "under 0.01 %" : `${text} %`;
}
