/** The catalog can be had, and does not have the table. */
export class NoTable extends Error {
  override readonly name = "NoTable";
}
