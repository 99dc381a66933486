/** An entry of a stream: the fields `value` (the bytes as they came), `key`, and `headers` (JSON). */
import type { BusRecord, StoredRecord } from "../../port/bus.ts";
import { jsonObject } from "../../../lib/json-object.ts";
import type { Stream } from "./stream.ts";

/** An entry as Redis replies: id, then names and values by turns. The fields of one that was cut off are null. */
export type Entry = [id: Buffer, fields: Buffer[] | null];

/** The last time that JavaScript can tell, milliseconds. */
const LAST_MS = 8.64e15;

/** What of a record an entry has, in the order of the script. */
export function fieldsOf({ value, key, headers }: BusRecord): [Buffer, string, string] {
  return [value, key, JSON.stringify(headers)];
}

/** The record of an entry. One of another writer, without `value`, has its fields as JSON instead, so that nothing of it is lost. */
export function toRecord({ topic, partition }: Pick<Stream, "topic" | "partition">, id: string, fields: Buffer[]): StoredRecord {
  const own = new Map<string, Buffer>();
  for (let i = 0; i + 1 < fields.length; i += 2) own.set(String(fields[i]), fields[i + 1]!);
  const value =
    own.get("value") ?? Buffer.from(JSON.stringify(Object.fromEntries([...own].map(([name, text]) => [name, String(text)]))));
  const [ms = "0", seq = "0"] = id.split("-");
  return {
    topic,
    partition,
    key: String(own.get("key") ?? ""),
    value,
    headers: headersOf(own.get("headers")),
    // Both halves of an id have 64 bits.
    offset: (BigInt(ms) << 64n) + BigInt(seq),
    publishedAt: new Date(Math.min(Number(ms), LAST_MS)).toISOString(),
  };
}

function headersOf(text: Buffer | undefined): Record<string, string> {
  const headers = text === undefined ? undefined : jsonObject(String(text));
  return Object.fromEntries(
    Object.entries(headers ?? {}).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
}
