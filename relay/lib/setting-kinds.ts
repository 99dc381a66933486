/** Kinds of values that settings have in common. */
import { existsSync } from "node:fs";
import { z } from "zod";

/** true or false, or 1 or 0. */
export const flag = (value: "true" | "false") => z.stringbool({ truthy: ["true", "1"], falsy: ["false", "0"] }).prefault(value);

/** A whole number from `min` on. */
export const count = (value: number, min = 1) => z.coerce.number().int().min(min).prefault(value);

export const text = z.string().min(1);

/** The path of a file that is there. */
export const file = text.refine((path) => existsSync(path), "the path of a file that is there was expected");

/** Names, separated by commas; none by default. */
export const list = z
  .string()
  .prefault("")
  .transform((names) =>
    names
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  );
