/** Files of a table, by the locations that its metadata has: of this machine, or of an object store that speaks S3. */
import { createWriteStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ConfigError } from "../../lib/settings.ts";

/** How an object store is reached. */
export interface ObjectStore {
  /** Of a store that is not AWS's own. */
  endpoint?: string | undefined;
  /** @default us-east-1 */
  region?: string | undefined;
  /** @default where the AWS SDK finds them */
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | undefined;
}

/** Reads files. */
export interface TableFiles {
  read(location: string): Promise<Uint8Array>;
  /** Resolves with the names in a folder. */
  list(folder: string): Promise<string[]>;
  /** Resolves with a path of this machine under which it can be read: its own, or that of a copy. */
  path(location: string, copy: string): Promise<string>;
  close(): void;
}

/** Makes it; connects to nothing. */
export function openTableFiles(store: ObjectStore): TableFiles {
  let opened: ReturnType<typeof connect> | undefined;
  const get = async (bucket: string, key: string) => {
    const { s3, client } = await (opened ??= connect(store));
    const { Body } = await client.send(new s3.GetObjectCommand({ Bucket: bucket, Key: key }));
    return Body!;
  };
  return {
    async read(location) {
      const { path, bucket, key } = placeOf(location);
      return bucket === undefined ? readFile(path) : (await get(bucket, key)).transformToByteArray();
    },
    async list(folder) {
      const { path, bucket, key } = placeOf(folder);
      if (bucket === undefined) return readdir(path);
      const { s3, client } = await (opened ??= connect(store));
      const names: string[] = [];
      const Prefix = `${key.replace(/\/$/, "")}/`;
      for await (const { Contents = [] } of s3.paginateListObjectsV2({ client }, { Bucket: bucket, Prefix, Delimiter: "/" }))
        names.push(...Contents.map(({ Key = "" }) => Key.slice(Prefix.length)));
      return names;
    },
    async path(location, copy) {
      const { path, bucket, key } = placeOf(location);
      if (bucket === undefined) return path;
      await pipeline((await get(bucket, key)) as Readable, createWriteStream(copy, { mode: 0o600 }));
      return copy;
    },
    close: () => void opened?.then(({ client }) => client.destroy()).catch(() => {}),
  };
}

/** A location of a folder, and a name in it. */
export function within(folder: string, name: string): string {
  return /^\w+:/.test(folder) ? `${folder.replace(/\/$/, "")}/${name}` : join(folder, name);
}

function placeOf(
  location: string,
): { path: string; bucket?: never; key?: never } | { path?: never; bucket: string; key: string } {
  const [, bucket, key] = /^s3[an]?:\/\/([^/]+)\/(.*)$/.exec(location) ?? [];
  if (bucket !== undefined && key !== undefined) return { bucket, key };
  // Flink writes file:/ and pyiceberg file:///. What follows is a path as it is: a %3A in it is three characters.
  if (location.startsWith("file:")) return { path: location.replace(/^file:(?:\/\/)?/, "") };
  if (/^\w+:\/\//.test(location)) throw new Error(`${location}: expected a file or s3://`);
  return { path: location };
}

async function connect({ endpoint, region = "us-east-1", credentials }: ObjectStore) {
  const s3 = await import("@aws-sdk/client-s3").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new ConfigError(["a table in s3:// needs a package: npm install @aws-sdk/client-s3"]);
  });
  const client = new s3.S3Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(credentials === undefined ? {} : { credentials }),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    // A checksum behind a streamed body is what not every such store can read.
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  return { s3, client };
}
