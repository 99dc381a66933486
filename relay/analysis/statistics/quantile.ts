/**
 * The value below which a share `q` (0 to 1) of `sorted` lies, interpolated between its neighbours: R's type 7, as NumPy, and as quantile_cont in
 * DuckDB and percentile_cont in Postgres. `sorted` is in ascending order. Throws a RangeError where it is empty.
 */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`q: expected a share from 0 to 1, got ${q}`);
  if (sorted.length === 0) throw new RangeError("sorted: expected values, got none");
  const place = (sorted.length - 1) * q;
  const below = sorted[Math.floor(place)]!;
  const above = sorted[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}
