/**
 * The tables that every store has, with one fixed type for each column: Parquet, Postgres, and what `sightline verify` and `sightline query`
 * read. A database that guesses types from the first values rounds later ones.
 */
import { type Column, json, number, type Table, text, time, whole } from "./column.ts";

const IDENTITY = [
  text("tenant_id", "metadata.tenant_id", "the tenant that the write key belongs to"),
  text(
    "key_kind",
    "metadata.key_kind",
    "`web` or `server`, after the write key: ids are unique within (tenant_id, key_kind)",
    "'web'",
  ),
  text("event_id", "id", "the event's id"),
  text("type", "type", "dotted type of the envelope, for example rec.exposure.recorded.v1"),
  text("event_type", "event_type", "the event's registered type, for example exposure"),
] as const;

const IDENTIFYING = ["tenant_id", "event_id", "type", "event_type"];

/** Where and when the bus had it. */
const BUS: readonly Column[] = [
  { name: "topic", duckdb: "VARCHAR", postgres: "text", about: "the topic it was read from" },
  { name: "partition", duckdb: "INTEGER", postgres: "integer", about: "its partition" },
  { name: "offset", duckdb: "BIGINT", postgres: "bigint", about: "its place in the partition" },
  { name: "published_at", duckdb: "TIMESTAMPTZ", postgres: "timestamptz", about: "when the bus had it, to the millisecond" },
];

const ITEM = {
  item_id: "VARCHAR",
  position: "INTEGER",
  placement: "VARCHAR",
  score: "DOUBLE",
  propensity: "DOUBLE",
  basis: "VARCHAR",
} as const;
const EXPERIMENT = { experiment_id: "VARCHAR", variant_id: "VARCHAR" } as const;

/** A list of objects, in DuckDB a list of structs. */
function list(name: string, path: string, members: Record<string, string>, about: string): Column {
  const struct = (typeOf: (type: string) => string): string =>
    `STRUCT(${Object.entries(members)
      .map(([member, type]) => `${member} ${typeOf(type)}`)
      .join(", ")})[]`;
  const readAs = struct((type) => (type === "INTEGER" ? "DOUBLE" : type));
  return { name, duckdb: struct((type) => type), postgres: "jsonb", readAs, path: path.split("."), about };
}

const COMMON = [
  time("received_at", "received_at", "when the collector had it"),
  text("source", "source", "name and version of the sender"),
  text("trace_id", "trace_id", "trace of the request, 32 hex digits"),
  text("session_id", "metadata.session_id", "the page load"),
] as const;

/** Decisions, exposures, outcomes and a project's own events. */
export const EVENTS: Table = {
  name: "events",
  about: "decisions, exposures, outcomes and a project's own events, a row each",
  types: ["rec.decision.made.v1", "rec.exposure.recorded.v1", "rec.outcome.recorded.v1", "app.event.recorded.v1"],
  columns: [
    ...IDENTITY,
    text("unit_type", "payload.unit_type", "what kind of unit, for example user"),
    text("unit_id", "payload.unit_id", "the unit, a pseudonym"),
    text("request_id", "payload.request_id", "the request whose items these are; null where an outcome names none"),
    text("surface", "payload.surface", "dotted name of the place that asked"),
    text("item_id", "payload.item_id", "the item of an outcome"),
    whole("position", "payload.position", "position of that item, from 1"),
    list("items", "payload.items", ITEM, "items of a decision or an exposure"),
    list("experiments", "payload.experiments", EXPERIMENT, "experiments and variants in force"),
    json("context", "payload.context", "circumstances"),
    json("metrics", "payload.metrics", "numbers"),
    json("payload", "payload.payload", "whatever else belongs to the event"),
    {
      name: "flags",
      duckdb: "VARCHAR[]",
      postgres: "jsonb",
      path: ["metadata", "flags"],
      about: "what is odd about it",
    },
    time("timestamp", "payload.timestamp", "when it happened by the sender's clock: no retry changes it"),
    time("occurred_at", "occurred_at", "the same, moved back where that clock is known to be ahead"),
    ...COMMON,
    whole("seq", "payload.seq", "number of the event within session_id, from 1"),
    number("sample_rate", "payload.sample_rate", "share of such events that the SDK kept; null: all"),
    number("edge_sample_rate", "metadata.sample_rate", "share of such events that the collector kept; null: all"),
    text("country", "metadata.country", "ISO 3166-1 alpha-2"),
    text("schema", "metadata.schema", "event type and version of its schema"),
    text("content_hash", "metadata.content_hash", "of the event's content: the same for each resend"),
    ...BUS,
  ],
  required: [...IDENTIFYING, "unit_type", "unit_id", "timestamp", "occurred_at", "received_at"],
};

/** What the collector refused. */
export const REJECTS: Table = {
  name: "rejects",
  about: "events that the collector refused, without the values that they had",
  types: ["edge.event.rejected.v1"],
  columns: [
    ...IDENTITY,
    text("refused_event_id", "payload.event_id", "id of the refused event, where it was readable"),
    text("surface", "payload.surface", "its surface, where that was readable"),
    whole("index", "payload.index", "its place in the batch, from 0"),
    text("error", "payload.error", "the code of the table in docs/errors.md"),
    text("path", "payload.path", "where in the event"),
    text("message", "payload.message", "what was expected"),
    time("occurred_at", "occurred_at", "when the collector refused it"),
    ...COMMON,
    ...BUS,
  ],
  required: [...IDENTIFYING, "occurred_at", "received_at"],
};

/** What SDKs say they lost. */
export const CLIENT_REPORTS: Table = {
  name: "client_reports",
  about: "what SDKs dropped, counted by cause",
  types: ["edge.client.reported.v1"],
  columns: [
    ...IDENTITY,
    text("unit_type", "payload.unit_type", "what kind of unit"),
    text("unit_id", "payload.unit_id", "the unit"),
    json("dropped", "payload.payload.dropped", "events by cause"),
    json("previous", "payload.payload.previous", "where the session before ended, of older SDKs"),
    time("timestamp", "payload.timestamp", "when it was made by the sender's clock"),
    time("occurred_at", "occurred_at", "the same, moved back where that clock is known to be ahead"),
    ...COMMON,
    whole("seq", "payload.seq", "number of the report within session_id, from 1"),
    ...BUS,
  ],
  required: [...IDENTIFYING, "timestamp", "occurred_at", "received_at"],
};

/** All of them. */
export const TABLES: readonly Table[] = [EVENTS, REJECTS, CLIENT_REPORTS];
