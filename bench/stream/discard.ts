import { statementsOf } from "../../relay/stream/statements.ts";

/** The tables that stand for the topics of `attributed`, all columns of the envelope in each. */
const WHOLE = ["exposures", "outcomes", "app_events"];
const COLUMNS = "id, occurred_at, type, event_type, received_at, `source`, trace_id, payload, metadata";

/** The job with the same settings and sources that throws away what they decode: every column of sources.sql that is in the envelope. */
export function discardOf(sql: string): string {
  const statements = statementsOf(sql).filter((one) => /^(?:SET|CREATE TABLE (?!attributed_))\b/.test(one));
  const sinks = WHOLE.map((name) => `CREATE TABLE no_${name} WITH ('connector' = 'blackhole') LIKE ${name} (EXCLUDING ALL)`);
  const inserts = WHOLE.map((name) => `INSERT INTO no_${name} SELECT ${COLUMNS} FROM ${name};`);
  return [...statements, ...sinks, `EXECUTE STATEMENT SET BEGIN\n${inserts.join("\n")}\nEND`].map((one) => `${one};\n`).join("");
}
