/** The files of a snapshot (https://iceberg.apache.org/spec/#manifests). */
import { z } from "zod";
import { readAvro } from "./avro.ts";

/** Status of an entry whose file is no part of the snapshot any more. */
const DELETED = 2;

const manifestSchema = z.object({ manifest_path: z.string(), content: z.int().default(0) });
const entrySchema = z.object({
  status: z.int(),
  data_file: z.object({
    // What files of version 1 lack is data.
    content: z.int().default(0),
    file_path: z.string(),
    file_format: z.string(),
  }),
});

/** Lists the locations of its Parquet files. `read` reads a file at a location. Rejects where rows were deleted or replaced one by one, which is not read here. */
export async function dataFiles(manifestList: string, read: (location: string) => Promise<Uint8Array>): Promise<string[]> {
  const manifests = await records(manifestList, read, manifestSchema);
  const files: string[] = [];
  for (const { manifest_path } of manifests) {
    for (const { status, data_file } of await records(manifest_path, read, entrySchema)) {
      if (status === DELETED) continue;
      const { content, file_path, file_format } = data_file;
      if (content !== 0)
        throw new Error(
          `${file_path}: expected a table to which rows were only appended, got deletes of single rows: compact it (rewrite_data_files) so that none are left`,
        );
      if (file_format.toUpperCase() !== "PARQUET") throw new Error(`${file_path}: expected Parquet, got ${file_format}`);
      files.push(file_path);
    }
  }
  return files;
}

async function records<T>(location: string, read: (location: string) => Promise<Uint8Array>, schema: z.ZodType<T>): Promise<T[]> {
  const bytes = await read(location);
  try {
    return z.array(schema).parse(await readAvro(bytes));
  } catch (cause) {
    throw new Error(`${location}: expected a manifest of Iceberg`, { cause });
  }
}
