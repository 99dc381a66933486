/** What the text of a job says: its settings, its tables with their options, and its INSERTs. */
import { membersOf, statementsOf } from "../statements.ts";

/** A table of the text. */
interface TableFacts {
  name: string;
  /** With those of the table that it is LIKE. */
  options: ReadonlyMap<string, string>;
  /** How late an event may be by its watermark, days; undefined where it has none. */
  latenessDays?: number | undefined;
}

/** An INSERT. */
interface InsertFacts {
  into: string;
  sql: string;
}

/** All of it. */
export interface Facts {
  settings: ReadonlyMap<string, string>;
  inserts: readonly InsertFacts[];
  /** Tables of Kafka that are read. */
  sources: readonly TableFacts[];
  /** Tables of Kafka that are written. */
  topicSinks: readonly TableFacts[];
}

const NAME = "[\\w.`]+";
const TABLE = new RegExp(`^CREATE\\s+(?:TEMPORARY\\s+)?TABLE\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?(${NAME})`, "i");
const LIKE = new RegExp(`\\bLIKE\\s+(${NAME})\\s*(\\([^)]*\\))?\\s*$`, "i");
const WATERMARK = /WATERMARK\s+FOR\b[\s\S]*?INTERVAL\s+'(\d+)'\s+(SECOND|MINUTE|HOUR|DAY)/i;
const INSERT = new RegExp(`^INSERT\\s+(?:INTO|OVERWRITE)\\s+(${NAME})`, "i");
const OPTION = /'((?:[^']|'')*)'\s*=\s*'((?:[^']|'')*)'/g;
const DAYS = { SECOND: 1 / 86_400, MINUTE: 1 / 1_440, HOUR: 1 / 24, DAY: 1 };

/** Reads the text of a job. */
export function factsOf(sql: string): Facts {
  const settings = new Map<string, string>();
  const tables = new Map<string, TableFacts>();
  const inserts: InsertFacts[] = [];
  for (const statement of statementsOf(sql)) {
    if (/^SET\b/i.test(statement)) for (const [key, value] of optionsOf(statement)) settings.set(key, value);
    const name = TABLE.exec(statement)?.[1];
    if (name !== undefined) tables.set(plain(name), tableOf(plain(name), statement, tables));
    for (const one of membersOf(statement) ?? [statement]) {
      const into = INSERT.exec(one)?.[1];
      if (into !== undefined) inserts.push({ into: plain(into), sql: one });
    }
  }
  const ofKafka = [...tables.values()].filter(({ options }) => options.get("connector") === "kafka");
  const isWritten = ({ name }: TableFacts): boolean => inserts.some(({ into }) => into === name);
  return {
    settings,
    inserts,
    sources: ofKafka.filter((table) => !isWritten(table)),
    topicSinks: ofKafka.filter(isWritten),
  };
}

function tableOf(name: string, statement: string, known: ReadonlyMap<string, TableFacts>): TableFacts {
  const [, like = "", taken = ""] = LIKE.exec(statement) ?? [];
  const parent = known.get(plain(like));
  const without = (what: string): boolean => new RegExp(`EXCLUDING\\s+(?:ALL|${what})\\b`, "i").test(taken);
  const [, amount, unit] = WATERMARK.exec(statement) ?? [];
  const own = unit && Number(amount) * DAYS[unit.toUpperCase() as keyof typeof DAYS];
  return {
    name,
    options: new Map([...(without("OPTIONS") ? [] : (parent?.options ?? [])), ...optionsOf(statement)]),
    latenessDays: typeof own === "number" ? own : without("WATERMARKS") ? undefined : parent?.latenessDays,
  };
}

function optionsOf(statement: string): [string, string][] {
  return [...statement.matchAll(OPTION)].map(([, key, value]) => [unquoted(key!), unquoted(value!)]);
}

/** A name without its quotes. */
function plain(name: string): string {
  return name.replaceAll("`", "");
}

function unquoted(text: string): string {
  return text.replaceAll("''", "'");
}
