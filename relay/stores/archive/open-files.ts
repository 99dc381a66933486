import type { ArchiveFiles } from "./files.ts";
import { openFolder } from "./folder.ts";
import type { ArchivePlace } from "./settings.ts";

/** Opens the files of an archive. What object stores need is loaded only for those. Rejects with a ConfigError where its package is missing. */
export async function openFiles(place: ArchivePlace): Promise<ArchiveFiles> {
  if (!place.url.startsWith("s3://")) return openFolder(place.url);
  const { openBucket } = await import("./bucket.ts");
  return openBucket(place);
}
