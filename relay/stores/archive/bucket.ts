/** An archive in an object store that speaks S3: AWS, Cloudflare R2, MinIO. */
import { createReadStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import type { ListObjectsV2CommandOutput, S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { ConfigError } from "../../lib/settings.ts";
import { createCache } from "./cache.ts";
import { type ArchiveFile, type ArchiveFiles, FileGone } from "./files.ts";
import type { ArchivePlace } from "./settings.ts";

const TIMEOUT_MS = 30_000;
/** Requests at a time. */
const AT_ONCE = 8;
/** Keys of one request to remove. */
const REMOVED_AT_ONCE = 1_000;

const statusOf = (error: unknown): number | undefined => (error as S3ServiceException).$metadata?.httpStatusCode;

/** Makes it; connects to nothing. Credentials come from where the AWS SDK finds them. */
export async function openBucket({ url, endpoint, region, timeoutMs, cacheDir }: ArchivePlace): Promise<ArchiveFiles> {
  const s3 = await load();
  const { hostname: bucket, pathname } = new URL(url);
  const prefix = pathname.replaceAll(/^\/|\/$/g, "") && `${pathname.replaceAll(/^\/|\/$/g, "")}/`;
  const client: S3Client = new s3.S3Client({
    region: region ?? "us-east-1",
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    // What fails is told by the caller; the SDK would write it to stderr, too.
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    // A checksum behind a streamed body is what not every such store can read.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: new NodeHttpHandler({
      requestTimeout: timeoutMs ?? TIMEOUT_MS,
      throwOnRequestTimeout: true,
      connectionTimeout: 3_000,
    }),
  });
  const cache = createCache(cacheDir, `${bucket}/${prefix}`);

  /** Only where there is none: a key that is taken stays what it is. */
  const put = async (key: string, Body: string | ReturnType<typeof createReadStream>, ContentLength: number) => {
    try {
      await client.send(new s3.PutObjectCommand({ Bucket: bucket, Key: prefix + key, Body, ContentLength, IfNoneMatch: "*" }));
      return true;
    } catch (error) {
      if (statusOf(error) === 412) return false;
      throw error;
    }
  };
  const fetch = async ({ key }: ArchiveFile) => {
    try {
      const { Body } = await client.send(new s3.GetObjectCommand({ Bucket: bucket, Key: prefix + key }));
      return Body!;
    } catch (error) {
      if (statusOf(error) === 404) throw new FileGone(key);
      throw error;
    }
  };
  return {
    name: url,
    // A bucket that is not there is an error of each request.
    absence: async () => undefined,
    async list({ from, before }) {
      const found: ArchiveFile[] = [];
      const folder = `${prefix}${from.split("/")[0]}/`;
      // `from` is a folder, which is no key.
      let after: string | undefined = prefix + from;
      while (after !== undefined) {
        const page: ListObjectsV2CommandOutput = await client.send(
          new s3.ListObjectsV2Command({ Bucket: bucket, Prefix: folder, StartAfter: after }),
        );
        for (const { Key = "", Size = 0, LastModified = new Date(0) } of page.Contents ?? []) {
          const key = Key.slice(prefix.length);
          if (key >= before) return found;
          found.push({ key, bytes: Size, at: LastModified });
        }
        after = page.IsTruncated === true ? page.Contents?.at(-1)?.Key : undefined;
      }
      return found;
    },
    async readText(key) {
      try {
        const { Body } = await client.send(new s3.GetObjectCommand({ Bucket: bucket, Key: prefix + key }));
        return await Body?.transformToString();
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
      }
    },
    putText: (key, text) => put(key, text, Buffer.byteLength(text)),
    async putFile(key, path) {
      const { size } = await stat(path);
      const isNew = await put(key, createReadStream(path), size);
      if (isNew) await rm(path, { force: true });
      return isNew;
    },
    async remove(keys) {
      for (let at = 0; at < keys.length; at += REMOVED_AT_ONCE) {
        const Objects = keys.slice(at, at + REMOVED_AT_ONCE).map((key) => ({ Key: prefix + key }));
        const { Errors = [] } = await client.send(
          new s3.DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
        );
        if (Errors.length > 0) throw new Error(`${url}: ${Errors[0]?.Key} was not removed: ${Errors[0]?.Message}`);
      }
    },
    async locate(files) {
      const paths: string[] = [];
      const rest = files.entries();
      const one = async (): Promise<void> => {
        for (const [n, file] of rest) paths[n] = await cache.get(file, fetch);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, one));
      await cache.trim(paths);
      return paths;
    },
    close: () => client.destroy(),
  };
}

async function load() {
  try {
    return await import("@aws-sdk/client-s3");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new ConfigError(["ARCHIVE_URL: s3:// needs a package: npm install @aws-sdk/client-s3"]);
  }
}
