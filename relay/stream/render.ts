/** Writes the SQL of a job: that of stream/sql, with the plan's values instead of its own. */
import { readFileSync } from "node:fs";
import { filesOf, importFiles, type JobName, type Sink } from "./jobs.ts";
import type { Plan } from "./plan.ts";
import { quoted } from "./statements.ts";

const FOLDER = new URL("../../stream/sql/", import.meta.url);
/** What passes over a record that is no event. Flink's own parser for JSON goes on in the midst of what it could not read, and takes it for something else. */
const PASS = ["'json.ignore-parse-errors' = 'true',", "'json.decode.json-parser.enabled' = 'false',"]
  .map((one) => `\n  ${one}`)
  .join("");
const INSERT = /^INSERT INTO [^;]*;\n+/gm;

/** The text of a file of stream/sql. */
export function sqlFile(name: string): string {
  return readFileSync(new URL(name, FOLDER), "utf8");
}

/** The SQL of a job, which `sql-client.sh -f` takes: settings, tables, views, and its INSERTs as one statement set. */
export function renderJob(job: JobName, sinks: readonly Sink[], plan: Plan): string {
  return asOneSet(filesOf(job, sinks, plan.catalogUrl !== undefined).map((name) => withValues(sqlFile(name), job, plan)));
}

/** The SQL that brings files of an archive into Iceberg tables: `folders` has one for each table with files. */
export function renderImport(folders: ReadonlyMap<string, string>, plan: Plan): string {
  const files = importFiles(plan.catalogUrl !== undefined).map((name) => withValues(sqlFile(name), "import", plan));
  const placed = files.map((text) =>
    text
      .replaceAll(
        /(TABLE archived_(\w+) [^;]*'path' = )'(?:[^']|'')*'/g,
        (_, start, table) => start + quoted(folders.get(table) ?? ""),
      )
      .replaceAll(/^INSERT INTO [\w.]+\.(\w+) [^;]*;\n/gm, (insert, table) => (folders.has(table) ? insert : "")),
  );
  // It has no checkpoints to go on at: it writes all at its end, or nothing.
  return asOneSet(placed).replace("SET 'execution.runtime-mode' = 'streaming';\n", "");
}

/** The SQL of a job without what changes nothing of its state: it may go on with other such settings. */
export function statefulSql(sql: string): string {
  return sql.replaceAll(PASS, "");
}

function asOneSet(texts: readonly string[]): string {
  const text = texts.join("\n");
  const inserts = text.match(INSERT) ?? [];
  return `${text.replaceAll(INSERT, "").trimEnd()}\n\nEXECUTE STATEMENT SET BEGIN\n${inserts.map((insert) => insert.trim()).join("\n\n")}\nEND;\n`;
}

function withValues(sql: string, job: JobName | "import", plan: Plan): string {
  const id = `${plan.topicPrefix}sightline.stream.${job}`;
  const values: Record<string, string | undefined> = {
    "properties.bootstrap.servers": plan.brokers,
    "properties.group.id": id,
    "sink.transactional-id-prefix": id,
    "parallelism.default": String(plan.parallelism),
    "execution.checkpointing.interval": `${plan.checkpointSeconds} s`,
    "execution.checkpointing.dir": `${plan.checkpoints}/${job}`,
    "table.exec.state.ttl": `${plan.stateDays} d`,
    url: plan.jdbcUrl,
    uri: plan.catalogUrl ?? plan.jdbcUrl,
    warehouse: plan.warehouse,
    path: plan.attributedFiles,
  };
  let text = sql.replaceAll(/'topic' = '([^']*)'/g, (_, topic: string) => `'topic' = ${quoted(plan.topicPrefix + topic)}`);
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined)
      text = text.replaceAll(new RegExp(`('${key.replaceAll(".", "\\.")}' = )'[^']*'`, "g"), (_, is) => is + quoted(value));
  }
  const more = Object.entries(plan.kafka).map(([key, value]) => `\n  ${quoted(key)} = ${quoted(value)},`);
  text = text.replaceAll(/'properties\.bootstrap\.servers' = '.*',/g, (line) => line + more.join(""));
  if (plan.isOnce === true)
    text = text.replaceAll(/'scan\.startup\.mode' = '.*',/g, (line) => `${line}\n  'scan.bounded.mode' = 'latest-offset',`);
  if (plan.passUnreadable) text = text.replaceAll(/'scan\.startup\.mode' = '.*',/g, (line) => line + PASS);
  return text
    .replaceAll("event_time AS event_time - INTERVAL '7' DAY", `event_time AS event_time - INTERVAL '${plan.latenessDays}' DAY`)
    .replaceAll("e.event_time + INTERVAL '7' DAY", `e.event_time + INTERVAL '${plan.attributionDays}' DAY`);
}
