/** What the views rely on: a list is a list of objects, and a number in it a number. One row that is otherwise would fail every query over it. */
import { numberOf } from "../columns/number-of.ts";
import { CellError, isInteger } from "./cell.ts";

/** Throws a {@link CellError} where the value of a column with structure has another one. */
export function checkShape(column: string, value: unknown): void {
  const check = SHAPES[column];
  check?.(value);
}

/** Members of an item that are numbers. */
const NUMBERS = ["position", "score", "propensity"];

/** The value with numbers where `items` have text or truth values that are numbers; the same value where it has none. */
export function withNumbers(column: string, value: unknown): unknown {
  if (column !== "items" || !Array.isArray(value) || !value.some((item) => isObject(item) && hasOtherNumbers(item))) return value;
  return value.map((item) => {
    if (!isObject(item)) return item;
    const numbers = NUMBERS.flatMap((name) => (name in item ? [[name, numberOf(item[name])]] : []));
    return { ...item, ...Object.fromEntries(numbers) };
  });
}

function hasOtherNumbers(item: Record<string, unknown>): boolean {
  return NUMBERS.some((name) => numberOf(item[name]) !== item[name]);
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
