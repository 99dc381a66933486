import { z } from "zod";
import { expectedBy } from "../../lib/settings.ts";
import type { Weights } from "./experiments.ts";

const weights = z.record(z.string().min(1), z.record(z.string().min(1), z.number().min(0)));

/** Reads weights of variants: `{"experiment_id": {"variant_id": 1}}`. Throws an Error that says what was expected, and where. */
export function readWeights(text: string): Weights {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error("expected JSON", { cause: error });
  }
  const parsed = weights.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`${issue!.path.join(".") || "weights"}: ${expectedBy(issue!)}`);
}
