import { findTable, type IcebergPlace } from "./find-table.ts";
import { readMetadata } from "./metadata.ts";
import { NoTable } from "./no-table.ts";

/** Whether a table is there and was written to. Rejects where its catalog cannot be had. */
export async function hasSnapshot(place: IcebergPlace): Promise<boolean> {
  try {
    const { location, files } = await findTable(place);
    try {
      return readMetadata(await files.read(location), location).snapshot !== undefined;
    } finally {
      files.close();
    }
  } catch (error) {
    if (error instanceof NoTable) return false;
    throw error;
  }
}
