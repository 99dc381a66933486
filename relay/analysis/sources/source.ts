import type { DuckDBConnection } from "@duckdb/node-api";
import type { Place, UnreadableRecord } from "../read-event.ts";

/** Events that can be counted: a DuckDB with the relations `events`, `rejects` and `client_reports` of the stores' tables. */
export interface Source {
  /** What it is, for people. */
  name: string;
  connection: DuckDBConnection;
  /** For files that are made of them; it goes when the source is closed. */
  folder: string;
  /** Records that are no events; none where the source holds nothing else. */
  unreadable: UnreadableRecord;
  /** Undefined where the source has none. */
  deadLetters: readonly DeadLetterCount[] | undefined;
  close(): void;
}

/** Dead letters of one tenant, surface and code. */
export interface DeadLetterCount {
  tenant_id: string;
  /** Null where the original names none, or could not be read. */
  surface: string | null;
  code: string;
  letters: number;
}

/** Of a source that holds nothing but events. */
export const NOTHING_UNREADABLE: UnreadableRecord = { records: 0, examples: [] as Place[] };

/** Part of a source. */
export interface Selection {
  /** Events of this time and later, by their `timestamp`. */
  from?: Date | undefined;
  /** Events before this time. */
  to?: Date | undefined;
  tenant?: string | undefined;
}
