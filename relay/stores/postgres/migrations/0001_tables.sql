-- Up Migration

-- A day is a partition (sightline store postgres makes them); what has no partition of its own is in the default one.
CREATE TABLE exp.events (
  tenant_id text COLLATE "C" NOT NULL,
  key_kind text COLLATE "C" NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  "type" text COLLATE "C" NOT NULL,
  event_type text COLLATE "C" NOT NULL,
  unit_type text COLLATE "C" NOT NULL,
  unit_id text COLLATE "C" NOT NULL,
  request_id text COLLATE "C",
  surface text COLLATE "C",
  item_id text COLLATE "C",
  "position" bigint,
  items jsonb,
  experiments jsonb,
  context jsonb,
  metrics jsonb,
  payload jsonb,
  flags jsonb,
  "timestamp" timestamptz NOT NULL,
  occurred_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  source text,
  trace_id text,
  session_id text,
  seq bigint,
  sample_rate double precision,
  edge_sample_rate double precision,
  country text,
  "schema" text,
  content_hash text,
  topic text NOT NULL,
  "partition" integer NOT NULL,
  "offset" bigint,
  published_at timestamptz NOT NULL,
  UNIQUE (tenant_id, key_kind, event_id, "timestamp")
) PARTITION BY RANGE ("timestamp");
-- Costs next to nothing to keep, and tells at once whether a day has anything that came lately.
CREATE INDEX ON exp.events USING brin (received_at);
CREATE TABLE exp.events_default PARTITION OF exp.events DEFAULT;

CREATE TABLE exp.rejects (
  tenant_id text COLLATE "C" NOT NULL,
  key_kind text COLLATE "C" NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  "type" text COLLATE "C" NOT NULL,
  event_type text COLLATE "C" NOT NULL,
  refused_event_id text,
  surface text,
  "index" bigint,
  error text,
  path text,
  message text,
  occurred_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  source text,
  trace_id text,
  session_id text,
  topic text NOT NULL,
  "partition" integer NOT NULL,
  "offset" bigint,
  published_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, key_kind, event_id)
);
CREATE INDEX ON exp.rejects USING brin (received_at);

CREATE TABLE exp.client_reports (
  tenant_id text COLLATE "C" NOT NULL,
  key_kind text COLLATE "C" NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  "type" text COLLATE "C" NOT NULL,
  event_type text COLLATE "C" NOT NULL,
  unit_type text,
  unit_id text,
  dropped jsonb,
  previous jsonb,
  "timestamp" timestamptz NOT NULL,
  occurred_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  source text,
  trace_id text,
  session_id text,
  seq bigint,
  topic text NOT NULL,
  "partition" integer NOT NULL,
  "offset" bigint,
  published_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, key_kind, event_id)
);
CREATE INDEX ON exp.client_reports USING brin (received_at);

-- Up to where each lane of the bus is in the tables, written with its rows.
CREATE TABLE exp.offsets (
  consumer_group text NOT NULL,
  lane text NOT NULL,
  topic text NOT NULL,
  "partition" integer NOT NULL,
  "offset" numeric NOT NULL,
  published_at timestamptz NOT NULL,
  stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (consumer_group, lane)
);
