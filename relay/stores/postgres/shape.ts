/** What the views rely on: a list is a list of objects, and a number in it a number. One row that is otherwise would fail every query over it. */
import { CellError, isInteger } from "./cell.ts";

/** Throws a {@link CellError} where the value of a column with structure has another one. */
export function checkShape(column: string, value: unknown): void {
  const check = SHAPES[column];
  check?.(value);
}

const SHAPES: Readonly<Record<string, (value: unknown) => void>> = {
  items: listOf((item) => {
    if (typeof item["item_id"] !== "string" || item["item_id"] === "") return "item_id: expected text";
    if (!isInteger(item["position"])) return "position: expected a whole number of 32 bits";
    for (const name of ["score", "propensity"]) {
      if (!isNothing(item[name]) && !Number.isFinite(item[name])) return `${name}: expected a number`;
    }
    return notText(item, ["placement", "basis"]);
  }),
  experiments: listOf((experiment) => notText(experiment, ["experiment_id", "variant_id"])),
  metrics(value) {
    if (!isObject(value)) throw new CellError("expected an object");
  },
  flags(value) {
    if (!Array.isArray(value)) throw new CellError("expected a list");
  },
};

function listOf(fault: (entry: Record<string, unknown>) => string | undefined) {
  return (value: unknown): void => {
    if (!Array.isArray(value)) throw new CellError("expected a list");
    value.forEach((entry, i) => {
      const found = isObject(entry) ? fault(entry) : "expected an object";
      if (found !== undefined) throw new CellError(`${i}: ${found}`);
    });
  };
}

function notText(entry: Record<string, unknown>, names: string[]): string | undefined {
  const name = names.find((one) => !isNothing(entry[one]) && typeof entry[one] !== "string");
  return name === undefined ? undefined : `${name}: expected text`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}
