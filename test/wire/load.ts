/** The golden files of this folder, as README.md describes them. */
import { readdirSync, readFileSync } from "node:fs";
import type { WireBatch, WireEvent, WirePartedBatch } from "@sightline/client/wire";
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

/** A batch whose frame is taken. */
export interface ValidBatch {
  name: string;
  batch: WireBatch | WirePartedBatch;
  /** Of each that is taken its id, source, session_id and unit_id. */
  envelopes: [string, string, string | null, string][];
  /** Of each event that is not taken its index and code. */
  errors: [number, ErrorCode][];
}

/** A batch that is refused as a whole. */
export interface InvalidBatch {
  name: string;
  batch: object;
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

/** batches/valid. */
export function validBatches(): ValidBatch[] {
  return read("batches/valid").map(({ name, all }) => ({ name, ...(JSON.parse(all) as Omit<ValidBatch, "name">) }));
}

/** batches/invalid. */
export function invalidBatches(): InvalidBatch[] {
  return read("batches/invalid").map(({ name, all }) => ({ name, ...(JSON.parse(all) as Omit<InvalidBatch, "name">) }));
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
  return read(folder).map(({ name, all }) => {
    const text = all.slice(all.indexOf('"event":') + '"event":'.length, all.lastIndexOf("}")).trim();
    return { name, text, ...(JSON.parse(markLossy(all)) as object) } as Case;
  });
}

/** The files of a folder, by name without ending. */
function read(folder: string): { name: string; all: string }[] {
  const files = readdirSync(new URL(folder, import.meta.url)).toSorted();
  return files.map((file) => ({ name: file.replace(".json", ""), all: wireText(`${folder}/${file}`) }));
}
