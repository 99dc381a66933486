/** A table's metadata (https://iceberg.apache.org/spec/#table-metadata): what of it is read here. */
import { gunzipSync } from "node:zlib";
import { z } from "zod";

/** A field of a table: `type` is a name such as long, or a struct, list or map. */
export interface Field {
  id: number;
  name: string;
  type: FieldType;
}
export type FieldType =
  | string
  | { type: "struct"; fields: Field[] }
  | { type: "list"; "element-id": number; element: FieldType }
  | { type: "map" };

const fieldType: z.ZodType<FieldType> = z.lazy(() =>
  z.union([
    z.string(),
    z.object({ type: z.literal("struct"), fields: z.array(field) }),
    z.object({ type: z.literal("list"), "element-id": z.int(), element: fieldType }),
    z.object({ type: z.literal("map") }),
  ]),
);
const field: z.ZodType<Field> = z.object({ id: z.int(), name: z.string(), type: fieldType });

const metadataSchema = z.object({
  "format-version": z.int(),
  "current-schema-id": z.int(),
  schemas: z.array(z.object({ "schema-id": z.int(), fields: z.array(field) })),
  // A number that may be too large for JavaScript is only looked at as text.
  "current-snapshot-id": z.string().nullish(),
  snapshots: z.array(z.object({ "snapshot-id": z.string(), "manifest-list": z.string().optional() })).default([]),
});

/** What a table is now. */
export interface TableState {
  fields: Field[];
  /** Undefined where nothing was written yet. */
  snapshot?: { id: string; manifestList: string };
}

/** Versions of the format that are read. */
const VERSIONS: ReadonlySet<number> = new Set([1, 2]);

/** Reads it, gzip or plain. Throws an Error that says what was expected. */
export function readMetadata(bytes: Uint8Array, place: string): TableState {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const parsed = metadataSchema.safeParse(parse((isGzip ? gunzipSync(bytes) : Buffer.from(bytes)).toString("utf8"), place));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`${place}: expected the metadata of an Iceberg table: ${issue?.path.join(".")}: ${issue?.message}`);
  }
  const { "format-version": version, schemas, snapshots } = parsed.data;
  if (!VERSIONS.has(version)) throw new Error(`${place}: expected Iceberg's format version 1 or 2, got ${version}`);
  const schema = schemas.find((one) => one["schema-id"] === parsed.data["current-schema-id"]);
  if (schema === undefined) throw new Error(`${place}: expected the current schema among its schemas`);
  const id = parsed.data["current-snapshot-id"];
  // Older writers say -1 for none.
  if (id === undefined || id === null || id === "-1") return { fields: schema.fields };
  const manifestList = snapshots.find((one) => one["snapshot-id"] === id)?.["manifest-list"];
  if (manifestList === undefined) throw new Error(`${place}: expected the snapshot ${id} with its manifest list`);
  return { fields: schema.fields, snapshot: { id, manifestList } };
}

function parse(text: string, place: string): unknown {
  try {
    // As text to the last digit, which a number of JavaScript has not.
    return JSON.parse(text, (key, value: unknown, context?: { source?: string }) =>
      key.endsWith("snapshot-id") && typeof value === "number" ? (context?.source ?? String(value)) : value,
    );
  } catch {
    throw new Error(`${place}: expected the metadata of an Iceberg table, got no JSON`);
  }
}
