/** Makes of a job's SQL what Flink can plan without starting or writing anything. */
import { membersOf, statementsOf } from "../statements.ts";
import { factsOf } from "./facts.ts";

/** What a plan is made with. Anything else, such as a SELECT or a DROP of what a catalog keeps, would be done. */
const DEFINES = /^(?:SET|CREATE|ALTER|USE|ADD|LOAD|DROP\s+TEMPORARY)\b/i;
/** Creates a table and starts a job that fills it. */
const FILLS = /^CREATE\s+(?:OR\s+REPLACE\s+)?TABLE\b[\s\S]*\bAS\s+(?:SELECT|WITH)\b/i;
const ICEBERG = /^(CREATE\s+CATALOG\s+(?:IF\s+NOT\s+EXISTS\s+)?\S+\s[\s\S]*?\bWITH\s*\()[\s\S]*'type'\s*=\s*'iceberg'[\s\S]*\)$/i;

/** The same text, which explains its INSERTs instead of running them, with an Iceberg catalog in a folder of its own, `warehouse`. */
export function explainOf(sql: string, warehouse: string): string {
  const defining = statementsOf(sql).filter((one) => membersOf(one) === undefined && DEFINES.test(one) && !FILLS.test(one));
  const rest = defining.map((statement) =>
    statement.replace(
      ICEBERG,
      (_, create) => `${create} 'type' = 'iceberg', 'catalog-type' = 'hadoop', 'warehouse' = '${warehouse}')`,
    ),
  );
  const set = `EXPLAIN STATEMENT SET BEGIN ${factsOf(sql)
    .inserts.map((insert) => `${insert.sql};`)
    .join("\n")} END`;
  return [...rest, set].map((statement) => `${statement};\n`).join("");
}
