/** The golden files of this folder, as README.md describes them. */
import { readdirSync, readFileSync } from "node:fs";
import type { WireBatch, WireEvent } from "@sightline/client/wire";
import type { Delivery } from "../../worker/src/envelope/delivery.ts";
import type { RequestFacts } from "../../worker/src/intake/enrich.ts";
import type { Flag } from "../../worker/src/envelope/envelope.ts";
import type { ErrorCode } from "../../worker/src/errors/errors.ts";
import { markLossy } from "../../worker/src/lib/mark-lossy.ts";

/** When the golden events count as received: the flags of the valid ones are as of then. */
export const GOLDEN_RECEIVED_AT = "2026-01-01T10:00:05.000Z";

/** An event that is taken. */
export interface ValidCase {
  name: string;
  /** The event's JSON, as the file has it. */
  text: string;
  event: WireEvent;
  /** Type of its envelope. */
  type: string;
  /** Flags of its envelope, where it is received at {@link GOLDEN_RECEIVED_AT} in a batch that says nothing else. */
  flags: Flag[];
}

/** An event that is refused. */
export interface InvalidCase {
  name: string;
  /** The event's JSON, as the file has it: what it says, JSON.stringify cannot always say again (`1e999`). */
  text: string;
  event: unknown;
  expected: ErrorCode;
  path?: string;
}

/** The text of a file of this folder. */
export function wireText(name: string): string {
  return readFileSync(new URL(name, import.meta.url), "utf8");
}

/** events/valid. */
export function validEvents(): ValidCase[] {
  return cases<ValidCase>("events/valid");
}

/** events/invalid. */
export function invalidEvents(): InvalidCase[] {
  return cases<InvalidCase>("events/invalid");
}

/** What pack.txt and pack-rejects.txt are made from: one batch, and what is known of its request. */
export function packInput(): { facts: RequestFacts; batch: WireBatch } {
  return JSON.parse(wireText("pack.json")) as { facts: RequestFacts; batch: WireBatch };
}

/** What delivery.txt is made from; a body is given by the name of the file that holds it, or as it is. */
export function deliveryInput(): Delivery {
  type Message = Delivery["messages"][number] & { body_file?: string };
  const { queue, messages } = JSON.parse(wireText("delivery.json")) as { queue: string; messages: Message[] };
  return {
    queue,
    messages: messages.map(({ body_file, body, ...rest }) => ({ ...rest, body: body_file ? wireText(body_file) : body })),
  };
}

function cases<Case>(folder: string): Case[] {
  const files = readdirSync(new URL(folder, import.meta.url)).toSorted();
  return files.map((file) => {
    const all = wireText(`${folder}/${file}`);
    const text = all.slice(all.indexOf('"event":') + '"event":'.length, all.lastIndexOf("}")).trim();
    return { name: file.replace(".json", ""), text, ...(JSON.parse(markLossy(all)) as object) } as Case;
  });
}
