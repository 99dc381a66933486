/** Settings of the archive: where the Parquet files are. */
import { resolve } from "node:path";
import { z } from "zod";
import { count, httpUrl, type Options, setting, text } from "../../lib/settings.ts";

const ADDRESS = /^(?:s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[\w.=/-]*)?|(?!\w+:\/\/).+)$/;

export const archiveSettings = {
  url: setting(
    "ARCHIVE_URL",
    z
      .string()
      .regex(ADDRESS, "expected s3://bucket, s3://bucket/prefix or the path of a folder")
      .optional()
      .describe("where the Parquet files are: a folder, or s3://bucket/prefix; unset: the folder archive in DATA_DIR"),
  ),
  endpoint: setting(
    "ARCHIVE_ENDPOINT",
    httpUrl.optional().describe("address of an object store that is not AWS's own: R2, MinIO; buckets are then part of the path"),
  ),
  region: setting("ARCHIVE_REGION", text.prefault("us-east-1").describe("region of the bucket; auto for R2")),
  timeoutMs: setting(
    "ARCHIVE_REQUEST_TIMEOUT_MS",
    count(30_000, 100, 600_000).describe("milliseconds that a request to the object store may take"),
  ),
};

/** Their values. */
export type ArchiveOptions = Options<typeof archiveSettings>;

/** Where an archive is. */
export interface ArchivePlace {
  /** `s3://bucket/prefix`, or the path of a folder. */
  url: string;
  /** Of an object store that is not AWS's own. */
  endpoint?: string | undefined;
  /** @default us-east-1 */
  region?: string | undefined;
  /** @default 30,000 */
  timeoutMs?: number;
  /** Folder for copies of what an object store has. */
  cacheDir: string;
}

/** Where the settings have the archive. */
export function archivePlace({ url, ...rest }: ArchiveOptions, dataDir: string): ArchivePlace {
  return { ...rest, url: url ?? resolve(dataDir, "archive"), cacheDir: resolve(dataDir, "archive-cache") };
}
