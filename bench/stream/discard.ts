import { statementsOf } from "../../relay/stream/statements.ts";

const TABLE = /^CREATE TABLE (\w+)/;
/** A column that is in the envelope, and not of the record or computed. */
const COLUMN = /^ {2}(`?\w+`?) (?:STRING|TIMESTAMP_LTZ\(\d\)|ROW<)(?!.* METADATA)/gm;

/** The job with the same settings and sources that throws away what they decode, all columns of them. */
export function discardOf(sql: string): string {
  const statements = statementsOf(sql);
  const parts = statements.filter((statement) => /^SET\b/.test(statement));
  const sources = statements.filter(
    (statement) => TABLE.test(statement) && /rec\.(?:exposure|outcome)\.rec|app\.event/.test(statement),
  );
  const columns = new Map<string, string>();
  const inserts: string[] = [];
  for (const source of sources) {
    const [, name = ""] = TABLE.exec(source) ?? [];
    const [, parent] = /\bLIKE (\w+)/.exec(source) ?? [];
    columns.set(
      name,
      parent === undefined ? [...source.matchAll(COLUMN)].map(([, column]) => column).join(", ") : columns.get(parent)!,
    );
    parts.push(source, `CREATE TABLE no_${name} WITH ('connector' = 'blackhole') LIKE ${name} (EXCLUDING ALL)`);
    inserts.push(`INSERT INTO no_${name} SELECT ${columns.get(name)} FROM ${name};`);
  }
  return [...parts, `EXECUTE STATEMENT SET BEGIN\n${inserts.join("\n")}\nEND`].map((one) => `${one};\n`).join("");
}
