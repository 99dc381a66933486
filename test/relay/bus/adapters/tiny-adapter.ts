/** The least that is a bus: lines of JSON in a file. It is here to show that a bus is one folder, and nothing else knows of it. */
import { appendFile, readFile } from "node:fs/promises";
import { z } from "zod";
import { setting } from "../../../../relay/lib/settings.ts";
import { defineAdapter } from "../../../../relay/bus/port/adapter.ts";
import type { BusRecord, StoredRecord } from "../../../../relay/bus/port/bus.ts";

export const tinyAdapter = defineAdapter({
  names: ["tiny"],
  summary: "lines of a file",
  capabilities: {
    relay: "once, found by looking",
    service: "at least once",
    orderByKey: true,
    read: true,
    largest: "as the disk",
    tested: "a file",
  },
  title: "Tiny",
  system: "tiny",
  settings: {
    file: setting("TINY_FILE", z.string().optional().describe("the file; required for tiny"), { aliases: ["SMALL_FILE"] }),
    topicPrefix: setting("TINY_TOPIC_PREFIX", z.string().prefault("").describe("put before every topic's name")),
    password: setting("TINY_PASSWORD", z.string().optional().describe("of no use; secret"), { secret: true }),
  },
  problems: ({ file }) => (file === undefined ? ["TINY_FILE: expected a value, since EVENT_PUBLISHER is tiny"] : []),
  create: async ({ file = "" }) => ({
    name: `tiny (${file})`,
    delivery: "lookup",
    durable: true,
    orderByKey: true,
    open: async () => {},
    publish: async ({ records }) => appendFile(file, records.map((record) => `${JSON.stringify(record)}\n`).join("")),
    async settle({ records }) {
      const there = new Set((await linesOf(file)).map(({ headers }) => headers["event_id"]));
      const missing = records.filter(({ headers }) => !there.has(headers["event_id"]));
      return missing.length === 0 ? "published" : { missing };
    },
    async *read({ topics }) {
      for (const record of await linesOf(file)) if (topics.includes(record.topic)) yield record;
    },
    close: async () => {},
  }),
});

async function linesOf(file: string): Promise<StoredRecord[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  const records = text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as BusRecord);
  return records.map((record, n) => ({
    ...record,
    value: Buffer.from(record.value),
    partition: 0,
    offset: BigInt(n),
    publishedAt: "2026-01-01T00:00:00.000Z",
  }));
}
