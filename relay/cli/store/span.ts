import type { Span } from "../../stores/archive/layout.ts";
import { type Option, UsageError } from "../lib/command.ts";
import { readTime } from "../lib/since.ts";

/** `--from` and `--to`, the same of every command that reads the archive. */
export const SPAN_OPTIONS = {
  from: {
    type: "string",
    value: "TIME",
    help: "hours from this one on: 2h or 7d before now, or a time such as 2026-01-31T10:00Z",
  },
  to: { type: "string", value: "TIME", help: "hours before this time" },
} satisfies Record<string, Option>;

/** Reads them. Throws a {@link UsageError}. */
export function readSpan({ from, to }: Record<string, unknown>, now: Date): Span {
  const read = (name: string, value: unknown): Date | undefined =>
    value === undefined ? undefined : readTime(name, String(value), now);
  const span = { from: read("--from", from), to: read("--to", to) };
  if (span.from !== undefined && span.to !== undefined && span.from >= span.to)
    throw new UsageError(`--to: expected a time after --from, got ${String(to)}`);
  return span;
}
