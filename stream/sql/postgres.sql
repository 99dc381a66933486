-- Tables of Postgres that figures-to-postgres.sql keeps up to date. Run it there once: psql -f postgres.sql

CREATE SCHEMA IF NOT EXISTS exp;

-- When a figure was written. After a restart figures step back to the job's last checkpoint, and come right from there.
CREATE OR REPLACE FUNCTION exp.stream_as_of() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.as_of = now(); RETURN NEW; END $$;

-- CTR of a day's exposures: clicks / exposures. clicked: items that were clicked, each once. A surface that is not named is ''.
CREATE TABLE IF NOT EXISTS exp.stream_ctr_by_position (
  tenant_id text NOT NULL,
  surface text NOT NULL,
  exposed_on date NOT NULL,
  "position" integer NOT NULL,
  exposures bigint NOT NULL,
  clicks bigint NOT NULL,
  clicked bigint NOT NULL,
  as_of timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, surface, exposed_on, "position")
);

CREATE TABLE IF NOT EXISTS exp.stream_ctr_by_variant (
  tenant_id text NOT NULL,
  surface text NOT NULL,
  exposed_on date NOT NULL,
  experiment_id text NOT NULL,
  variant_id text NOT NULL,
  exposures bigint NOT NULL,
  clicks bigint NOT NULL,
  clicked bigint NOT NULL,
  as_of timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, surface, exposed_on, experiment_id, variant_id)
);

-- Join rate of a day's outcomes: joined / outcomes. Orphans are the rest.
CREATE TABLE IF NOT EXISTS exp.stream_outcomes (
  tenant_id text NOT NULL,
  surface text NOT NULL,
  occurred_on date NOT NULL,
  event_type text NOT NULL,
  outcomes bigint NOT NULL,
  joined bigint NOT NULL,
  as_of timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, surface, occurred_on, event_type)
);

CREATE OR REPLACE TRIGGER as_of BEFORE UPDATE ON exp.stream_ctr_by_position FOR EACH ROW EXECUTE FUNCTION exp.stream_as_of();
CREATE OR REPLACE TRIGGER as_of BEFORE UPDATE ON exp.stream_ctr_by_variant FOR EACH ROW EXECUTE FUNCTION exp.stream_as_of();
CREATE OR REPLACE TRIGGER as_of BEFORE UPDATE ON exp.stream_outcomes FOR EACH ROW EXECUTE FUNCTION exp.stream_as_of();
