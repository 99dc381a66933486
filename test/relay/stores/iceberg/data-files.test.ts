/** Manifests as the format has them, made here of what pyiceberg does not write: deletes of single rows. */
import avro from "avsc";
import { expect, test } from "vitest";
import { dataFiles } from "../../../../relay/stores/iceberg/data-files.ts";

const LIST = avro.Type.forSchema({
  type: "record",
  name: "manifest_file",
  fields: [
    { name: "manifest_path", type: "string" },
    { name: "content", type: "int" },
    { name: "added_snapshot_id", type: "long" },
  ],
});
const ENTRIES = avro.Type.forSchema({
  type: "record",
  name: "manifest_entry",
  fields: [
    { name: "status", type: "int" },
    {
      name: "data_file",
      type: {
        type: "record",
        name: "r2",
        fields: [
          { name: "content", type: "int" },
          { name: "file_path", type: "string" },
          { name: "file_format", type: "string" },
        ],
      },
    },
  ],
});

/** An Avro file of records. */
async function fileOf(type: avro.Type, records: unknown[]): Promise<Uint8Array> {
  const encoder = new avro.streams.BlockEncoder(type, { codec: "deflate" });
  for (const record of records) encoder.write(record);
  encoder.end();
  const chunks: Buffer[] = [];
  for await (const chunk of encoder) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const entry = (status: number, content: number, file_format = "PARQUET") => ({
  status,
  data_file: { content, file_path: `file-${status}-${content}`, file_format },
});

async function filesOf(...entries: unknown[]) {
  const files: Record<string, Uint8Array> = {
    list: await fileOf(LIST, [{ manifest_path: "manifest", content: 0, added_snapshot_id: 1 }]),
    manifest: await fileOf(ENTRIES, entries),
  };
  return dataFiles("list", async (location) => files[location]!);
}

test("files that are in the snapshot are read, and those that were taken out of it are not", async () => {
  expect(await filesOf(entry(0, 0), entry(1, 0), entry(2, 0))).toEqual(["file-0-0", "file-1-0"]);
});

test("deletes of single rows, and what is no Parquet, are refused by name", async () => {
  await expect(filesOf(entry(1, 0), entry(1, 1))).rejects.toThrow("file-1-1: expected a table to which rows were only appended");
  await expect(filesOf(entry(1, 2))).rejects.toThrow("file-1-2: expected a table to which rows were only appended");
  await expect(filesOf(entry(1, 0, "ORC"))).rejects.toThrow("file-1-0: expected Parquet, got ORC");
  await expect(dataFiles("list", async () => Buffer.from("no Avro"))).rejects.toThrow("list: expected a manifest of Iceberg");
});
