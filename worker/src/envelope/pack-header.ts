/** The header line of a pack: worker/src/envelope/pack.ts says what follows it. */

/** Highest version that is known here. Version 1 has its envelopes as they are, version 2 in gzip. */
const PACK_VERSION = 2;

/**
 * Bytes of the envelope lines in one pack of version 2, at most, in UTF-8, before gzip: what a reader has to hold. Envelopes of an SDK's
 * batch shrink to a ninth or a tenth, base64 included, so that this much about fills a pack.
 */
export const PACK_MAX_LINES_BYTES = 600_000;

/** What a pack carries: taken events, or refused ones. They have queues of their own. */
export type PackKind = "events" | "rejects";

/** What each header says. */
export interface PackFacts {
  tenant_id: string;
  kind: PackKind;
  /** When the collector had the request, ISO 8601 UTC. */
  received_at: string;
}

/** The header before envelope lines. */
export interface PlainHeader extends PackFacts {
  v: 1;
  /** Lines that follow: one for each envelope. */
  count: number;
}

/** The header before one line: base64 of gzip of the envelope lines, joined by "\n". */
export interface GzipHeader extends PackFacts {
  v: 2;
  /** Lines that follow. Readers of version 1 alone count them before they look at the version, and must not take this for broken. */
  count: 1;
  encoding: "gzip";
  /** Envelope lines before gzip. */
  envelopes: number;
  /** Their bytes in UTF-8, with each "\n" between them. */
  bytes: number;
}

/** The header line of a pack. */
export type PackHeader = PlainHeader | GzipHeader;

/** A pack of a later version: nothing is known to be wrong with it. */
export class NewerPack extends Error {
  override readonly name = "NewerPack";

  constructor(version: number) {
    super(`pack version ${version} is newer than ${PACK_VERSION}, the highest that is known here`);
  }
}

/** The line of version 1. */
export function plainHeader({ tenant_id, kind, received_at }: PackFacts, count: number): string {
  return JSON.stringify({ v: 1, tenant_id, kind, received_at, count } satisfies PlainHeader);
}

/** The line of version 2. */
export function gzipHeader({ tenant_id, kind, received_at }: PackFacts, envelopes: number, bytes: number): string {
  const header = { v: 2, tenant_id, kind, received_at, count: 1, encoding: "gzip", envelopes, bytes } satisfies GzipHeader;
  return JSON.stringify(header);
}

/** Reads the first line of a pack. Throws a {@link NewerPack}, or an Error that says what was expected. */
export function readHeader(line: string): PackHeader {
  const header = parse(line);
  const { v, tenant_id, kind, received_at, count } = header;
  if (typeof v === "number" && v > PACK_VERSION) throw new NewerPack(v);
  const isKnown = v === 1 || v === 2;
  const isOfTenant = typeof tenant_id === "string" && (kind === "events" || kind === "rejects");
  if (!isKnown || !isOfTenant || typeof received_at !== "string" || !Number.isInteger(count)) {
    throw new Error("expected a pack's header: v (1 or 2), tenant_id, kind (events or rejects), received_at, count");
  }
  if (v === 2 && !isGzip(header)) {
    throw new Error(`expected a pack's header of version 2: encoding gzip, envelopes, bytes (1 to ${PACK_MAX_LINES_BYTES})`);
  }
  return header as unknown as PackHeader;
}

function parse(line: string): Record<string, unknown> {
  try {
    return (JSON.parse(line) ?? {}) as Record<string, unknown>;
  } catch (cause) {
    throw new Error("a pack begins with a header line of JSON", { cause });
  }
}

function isGzip({ encoding, envelopes, bytes }: Record<string, unknown>): boolean {
  return encoding === "gzip" && Number.isInteger(envelopes) && isSize(bytes);
}

function isSize(bytes: unknown): boolean {
  return Number.isInteger(bytes) && (bytes as number) >= 1 && (bytes as number) <= PACK_MAX_LINES_BYTES;
}
