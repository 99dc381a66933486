import type { SequenceFigures } from "./report.ts";
import type { Row } from "../sql/run-sql.ts";

const EXAMPLES = 5;

/** Adds the sessions with gaps up; of one surface those that have an event there. */
export function sequencesOf(rows: readonly Row[], surface: string | undefined): SequenceFigures {
  const sessions = rows
    .filter(({ surfaces }) => surface === undefined || itemsOf(surfaces).includes(surface))
    .map((row) => {
      const missing = Number(row["missing"]);
      const refused = Math.min(missing, Number(row["refused"]));
      const dropped = Math.min(missing - refused, Number(row["dropped"]));
      const unexplained = missing - refused - dropped;
      return {
        tenant_id: String(row["tenant_id"]),
        session_id: String(row["session_id"]),
        missing,
        refused,
        dropped,
        unexplained,
      };
    });
  const sum = (name: "missing" | "refused" | "dropped" | "unexplained"): number =>
    sessions.reduce((total, session) => total + session[name], 0);
  return {
    sessions: sessions.length,
    missing: sum("missing"),
    explained_by_reports: sum("dropped"),
    explained_by_rejects: sum("refused"),
    unexplained: sum("unexplained"),
    examples: sessions
      .toSorted((a, b) => b.unexplained - a.unexplained || b.missing - a.missing)
      .slice(0, EXAMPLES)
      .map(({ tenant_id, session_id, missing, unexplained }) => ({ tenant_id, session_id, missing, unexplained })),
  };
}

/** The members of a list of DuckDB. */
function itemsOf(list: unknown): unknown[] {
  return (list as { items?: unknown[] } | null)?.items ?? (Array.isArray(list) ? list : []);
}
