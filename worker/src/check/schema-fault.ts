import type * as z from "zod/mini";
import type { ErrorCode } from "../errors/errors.ts";
import { fault, type Fault } from "../errors/fault.ts";
import { FREE_FIELDS } from "../events/field-names.ts";
import { isRecord } from "../lib/is-record.ts";

/** Codes of a field, wherever it stands: where it is absent, and where it is wrong. */
const FIELD_CODES: Record<string, { missing: ErrorCode; invalid: ErrorCode }> = {
  event_type: { missing: "missing_event_type", invalid: "invalid_field" },
  event_id: { missing: "invalid_event_id", invalid: "invalid_event_id" },
  timestamp: { missing: "missing_timestamp", invalid: "invalid_timestamp" },
  unit_type: { missing: "missing_unit_type", invalid: "invalid_field" },
  unit_id: { missing: "missing_unit_id", invalid: "invalid_field" },
  request_id: { missing: "missing_request_id", invalid: "invalid_request_id" },
  surface: { missing: "missing_surface", invalid: "invalid_surface" },
  item_id: { missing: "missing_item_id", invalid: "invalid_item_id" },
  items: { missing: "missing_items", invalid: "invalid_field" },
  position: { missing: "invalid_position", invalid: "invalid_position" },
  propensity: { missing: "invalid_propensity", invalid: "invalid_propensity" },
  experiment_id: { missing: "invalid_experiment_id", invalid: "invalid_experiment_id" },
  variant_id: { missing: "invalid_variant_id", invalid: "invalid_variant_id" },
  sample_rate: { missing: "invalid_sample_rate", invalid: "invalid_sample_rate" },
};

/** The fault that an issue of an event's schema comes to. */
export function schemaFault(issue: z.core.$ZodIssue, event: unknown): Fault {
  if (issue.code === "unrecognized_keys") return fault("unknown_field", [...issue.path, ...issue.keys.slice(0, 1)]);
  const { path } = issue;
  if (path.length === 1 && path[0] === "items" && issue.code === "too_small") return fault("empty_items", path);
  if (path.length === 1 && path[0] === "items" && issue.code === "too_big") return fault("too_many_items", path);
  const field = path.findLast((key) => typeof key === "string");
  // `timestamp` inside `context` is not the event's timestamp.
  const codes = FREE_FIELDS.has(path[0]) ? undefined : FIELD_CODES[String(field)];
  const code = codes?.[valueAt(event, path) === undefined ? "missing" : "invalid"] ?? "invalid_field";
  return code === "invalid_field" ? fault(code, path, issue.message) : fault(code, path);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => {
    if (Array.isArray(inner)) return inner[Number(key)];
    return isRecord(inner) ? inner[String(key)] : undefined;
  }, value);
}
