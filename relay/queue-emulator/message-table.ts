/** The file of the queue emulator's queues: a table of messages, and every lease that one of them was handed out under. */
import type { DatabaseSync } from "node:sqlite";

/** The tables. */
export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, queue TEXT NOT NULL, body TEXT NOT NULL, content_type TEXT NOT NULL,
    bytes INTEGER NOT NULL, sent_at INTEGER NOT NULL, due_at INTEGER NOT NULL, attempts INTEGER NOT NULL, lease TEXT);
  CREATE INDEX IF NOT EXISTS messages_due ON messages (queue, due_at, number);
  CREATE TABLE IF NOT EXISTS leases (
    id TEXT PRIMARY KEY, message INTEGER NOT NULL REFERENCES messages (number) ON DELETE CASCADE) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS leases_message ON leases (message);
`;

/** A message in the file. A leased one has `lease`, and is due again when that expires. */
export interface Row {
  number: number;
  id: string;
  body: string;
  content_type: string;
  sent_at: number;
  due_at: number;
  attempts: number;
  lease: string | null;
}

/** The statements, prepared. */
export function statements(db: DatabaseSync) {
  return {
    put: db.prepare(
      "INSERT INTO messages (id, queue, body, content_type, bytes, sent_at, due_at, attempts) VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
    ),
    due: db.prepare("SELECT * FROM messages WHERE queue = ? AND due_at <= ? AND lease IS NULL ORDER BY due_at, number LIMIT ?"),
    expired: db.prepare("SELECT * FROM messages WHERE queue = ? AND due_at <= ? AND lease IS NOT NULL"),
    lease: db.prepare("UPDATE messages SET lease = ?, due_at = ?, attempts = attempts + 1 WHERE number = ?"),
    putLease: db.prepare("INSERT INTO leases VALUES (?, ?)"),
    byLease: db.prepare("SELECT messages.* FROM leases JOIN messages ON number = message WHERE leases.id = ? AND queue = ?"),
    retry: db.prepare("UPDATE messages SET lease = NULL, due_at = ? WHERE number = ?"),
    move: db.prepare("UPDATE messages SET queue = ?, lease = NULL, attempts = 0, due_at = ? WHERE number = ?"),
    remove: db.prepare("DELETE FROM messages WHERE number = ?"),
    backlog: db.prepare("SELECT count(*) AS count, sum(bytes) AS bytes, min(sent_at) AS oldest FROM messages WHERE queue = ?"),
  };
}
