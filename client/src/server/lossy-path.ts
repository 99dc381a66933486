import { isExact } from "../lib/write-json.ts";

/** Where in a value, dotted as `payload.lines.0`, the first number stands that JSON does not carry exactly; undefined where there is none. */
export function lossyPath(value: unknown): string | undefined {
  const paths = new Map<unknown, string>();
  let found: string | undefined;
  JSON.stringify(value, function note(this: unknown, name, each: unknown) {
    // A holder is met before what it holds.
    const before = paths.get(this);
    const path = before ? `${before}.${name}` : name;
    if (typeof each === "number" && !isExact(each)) found ??= path;
    if (typeof each === "object" && each !== null) paths.set(each, path);
    return found === undefined ? each : undefined;
  });
  return found;
}
