/** Where a job on this machine goes on: its last checkpoint, and whether that is of the same SQL. */
import { createHash } from "node:crypto";
import { globSync, readFileSync, statSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathOf } from "./address.ts";
import type { JobName } from "./jobs.ts";
import { statefulSql } from "./render.ts";
import { statementsOf } from "./statements.ts";

/** Names the SQL that the checkpoints beside it are of. */
const MARK = "sql.sha256";

/**
 * The newest checkpoint of a job, as a folder's address; undefined where there is none, or where checkpoints are not in a folder of this machine.
 * Throws an Error where it is of another SQL: what it has would be put into another plan, or be refused in the midst of a start.
 */
export function lastCheckpoint(checkpoints: string, job: JobName, sql: string): string | undefined {
  const folder = folderOf(checkpoints, job);
  if (folder === undefined) return undefined;
  const newest = globSync(join(folder, "*", "chk-*", "_metadata"))
    .map((file) => ({ file, at: statSync(file).mtimeMs }))
    .toSorted((a, b) => b.at - a.at)[0];
  if (newest === undefined) return undefined;
  const mark = readMark(folder);
  if (mark !== undefined && mark !== hashOf(sql)) {
    throw new Error(
      `the SQL of ${job} is another than that of its checkpoints in ${folder}: a job cannot go on with the state of another one. ` +
        "--fresh begins at the beginning of the topics; let it write to other tables and topics then, or empty these. docs/stream.md says how",
    );
  }
  return newest.file.replace(/\/_metadata$/, "");
}

/** Notes the SQL that the next checkpoints are of. */
export async function markCheckpoints(checkpoints: string, job: JobName, sql: string): Promise<void> {
  const folder = folderOf(checkpoints, job);
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, MARK), hashOf(sql));
}

function folderOf(checkpoints: string, job: JobName): string | undefined {
  const path = pathOf(checkpoints);
  return path === undefined ? undefined : join(path, job);
}

function readMark(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, MARK), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Settings change no plan that was not changed by a statement, too. */
function hashOf(sql: string): string {
  const statements = statementsOf(statefulSql(sql)).filter((statement) => !/^SET\b/i.test(statement));
  return createHash("sha256").update(statements.join("\0")).digest("hex");
}
