/** The bus `local`: a SQLite file in DATA_DIR, where an event is exactly once. Other processes may read it while the relay writes. */
import { existsSync } from "node:fs";
import { isAbsolute, relative } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { openDatabase } from "../../../lib/database.ts";
import { localBusFile } from "./file.ts";
import { createSqliteBus, type Handle, SCHEMA, type SqliteBus } from "./sqlite-bus.ts";

/** A path as people read it: from the working folder where it is in there. */
function shown(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith("..") || isAbsolute(path) ? file : path;
}

interface LocalOptions {
  dataDir: string;
  /** Ending of the topics of dead letters: the same event may die there more than once. */
  dlqSuffix: string;
}

const handleOf = (db: DatabaseSync): Handle => ({ db, close: () => db.close() });

/** Makes the bus; the file is made when it is opened. */
export function createLocalBus({ dataDir, dlqSuffix }: LocalOptions): SqliteBus {
  const file = localBusFile(dataDir);
  return createSqliteBus({
    name: `local (${shown(file)})`,
    durable: true,
    open: () => handleOf(openDatabase(file, SCHEMA)),
    openReader: () => (existsSync(file) ? handleOf(new DatabaseSync(file, { readOnly: true, timeout: 5_000 })) : undefined),
    isUnique: (topic) => !topic.endsWith(dlqSuffix),
    pollMs: 100,
  });
}
