/**
 * Who of a group has which lanes of a topic, and how far the group has come in each. A member says every second that it is there; one that was
 * silent for ten has lost its lanes. A lane has one owner, and only that one may commit to it.
 */
import type { DatabaseSync } from "node:sqlite";
import { transaction } from "../../../lib/database.ts";
import { newestOf } from "./read.ts";

/** Lanes of a topic: as many members of a group can share its work. A key's records are all in one. */
export const LANES = 8;
/** How often a member says that it is there, milliseconds. */
export const HEARTBEAT_MS = 1_000;
/** After so long a silence a member's lanes are free, milliseconds. */
const SESSION_MS = 10_000;

/** The tables. `committed` is the place of the last record up to which all have ended. */
export const GROUPS = `
  CREATE TABLE IF NOT EXISTS group_members (
    name TEXT NOT NULL, topic TEXT NOT NULL, member TEXT NOT NULL, seen_at INTEGER NOT NULL, PRIMARY KEY (name, topic, member));
  CREATE TABLE IF NOT EXISTS group_lanes (
    name TEXT NOT NULL, topic TEXT NOT NULL, lane INTEGER NOT NULL, owner TEXT, committed INTEGER NOT NULL,
    PRIMARY KEY (name, topic, lane));
  CREATE TABLE IF NOT EXISTS group_plans (
    name TEXT NOT NULL, topic TEXT NOT NULL, lane INTEGER NOT NULL, plan TEXT NOT NULL, PRIMARY KEY (name, topic, lane));
  CREATE TABLE IF NOT EXISTS bus_origin (one INTEGER PRIMARY KEY CHECK (one = 1), origin TEXT NOT NULL);
`;

/** What the places of this bus count in: made with it, at the first call. */
export function originOf(db: DatabaseSync): string {
  return transaction(db, () => {
    db.exec("INSERT OR IGNORE INTO bus_origin VALUES (1, lower(hex(randomblob(5))))");
    return String(db.prepare("SELECT origin FROM bus_origin").get()!["origin"]);
  });
}

/** A lane that a member has. */
export interface OwnLane {
  lane: number;
  committed: number;
  /** What was planned of it last; null where nothing was. */
  plan: string | null;
}

/** A member's part of a group, of one topic. */
export interface Membership {
  /** Says that it is there, takes free lanes up to its share, and tells which it has; and how many of them are more than its share. */
  beat(): { own: OwnLane[]; excess: number };
  /** Commits; of no effect for lanes that are not this member's any more. */
  commit(committed: ReadonlyMap<number, number>): void;
  /** Keeps a plan of a lane; false where the lane is not this member's any more. */
  plan(lane: number, plan: string): boolean;
  /** Gives lanes up. */
  release(lanes: readonly number[]): void;
  leave(): void;
}

/** Joins a group; where it has committed nothing yet, it begins at the first record, or behind the newest. */
export function joinGroup(
  db: DatabaseSync,
  name: string,
  topic: string,
  member: string,
  from: "earliest" | "latest",
): Membership {
  const prepare = (sql: string) => {
    const statement = db.prepare(sql);
    return (...values: (string | number)[]) => statement.all(...values);
  };
  const seen = prepare("INSERT INTO group_members VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET seen_at = excluded.seen_at");
  const forget = prepare("DELETE FROM group_members WHERE name = ? AND topic = ? AND (seen_at < ? OR member = ?)");
  const members = prepare("SELECT member FROM group_members WHERE name = ? AND topic = ? ORDER BY member");
  const free = prepare(
    "UPDATE group_lanes SET owner = NULL WHERE name = ? AND topic = ? AND owner NOT IN (SELECT member FROM group_members WHERE name = ? AND topic = ?)",
  );
  const take = prepare(
    "UPDATE group_lanes SET owner = ? WHERE (name, topic, lane) IN (SELECT name, topic, lane FROM group_lanes WHERE name = ? AND topic = ? AND owner IS NULL ORDER BY lane LIMIT ?)",
  );
  const own = prepare(
    "SELECT lane, committed, plan FROM group_lanes LEFT JOIN group_plans USING (name, topic, lane) WHERE name = ? AND topic = ? AND owner = ? ORDER BY lane",
  );
  const commit = prepare("UPDATE group_lanes SET committed = ? WHERE name = ? AND topic = ? AND lane = ? AND owner = ?");
  const release = prepare("UPDATE group_lanes SET owner = NULL WHERE name = ? AND topic = ? AND lane = ? AND owner = ?");
  const keepPlan = prepare("INSERT OR REPLACE INTO group_plans VALUES (?, ?, ?, ?)");
  const ownLanes = () => own(name, topic, member) as unknown as OwnLane[];

  transaction(db, () => {
    const insert = prepare("INSERT OR IGNORE INTO group_lanes VALUES (?, ?, ?, NULL, ?)");
    const start = from === "earliest" ? 0 : newestOf(db);
    for (let lane = 0; lane < LANES; lane++) insert(name, topic, lane, start);
  });
  return {
    beat: () =>
      transaction(db, () => {
        const now = Date.now();
        seen(name, topic, member, now);
        forget(name, topic, now - SESSION_MS, "");
        free(name, topic, name, topic);
        const all = members(name, topic).map((row) => row["member"]);
        const share = Math.floor(LANES / all.length) + (all.indexOf(member) < LANES % all.length ? 1 : 0);
        const missing = share - ownLanes().length;
        if (missing > 0) take(member, name, topic, missing);
        return { own: ownLanes(), excess: Math.max(0, -missing) };
      }),
    commit(committed) {
      transaction(db, () => {
        for (const [lane, place] of committed) commit(place, name, topic, lane, member);
      });
    },
    plan: (lane, plan) =>
      transaction(db, () => {
        const isOwn = ownLanes().some((one) => one.lane === lane);
        if (isOwn) keepPlan(name, topic, lane, plan);
        return isOwn;
      }),
    release(lanes) {
      transaction(db, () => {
        for (const lane of lanes) release(name, topic, lane, member);
      });
    },
    leave() {
      transaction(db, () => {
        for (const { lane } of ownLanes()) release(name, topic, lane, member);
        forget(name, topic, 0, member);
      });
    },
  };
}
