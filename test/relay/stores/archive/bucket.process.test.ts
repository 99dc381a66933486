/** The archive in an object store: S3 as moto emulates it. */
import { S3Client, CreateBucketCommand } from "@aws-sdk/client-s3";
import { randomUUID } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { openFiles } from "../../../../relay/stores/archive/open-files.ts";
import { CREDENTIALS, stubCredentials } from "../../../services/aws.ts";
import { sightline } from "../../cli/run.ts";
import { archiveStage, envelope } from "../parquet/stage.ts";

const moto = inject("moto");
const endpoint = "url" in moto ? moto.url : "";

describe.skipIf("missing" in moto)(`an archive in a bucket${"missing" in moto ? `: ${moto.missing}` : ""}`, () => {
  let stage: Awaited<ReturnType<typeof archiveStage>>;
  let settings: NodeJS.ProcessEnv;
  let url: string;
  beforeAll(async () => {
    stubCredentials();
    stage = await archiveStage();
    const bucket = `archive-${randomUUID()}`;
    const client = new S3Client({ region: "us-east-1", endpoint, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    client.destroy();
    url = `s3://${bucket}/of/events`;
  });
  beforeEach(() => void (settings = { ...stage.settings, ...CREDENTIALS, ARCHIVE_URL: url, ARCHIVE_ENDPOINT: endpoint }));
  afterAll(async () => {
    vi.unstubAllEnvs();
    await stage?.end();
  });

  test("is written, compacted and queried as a folder is", async () => {
    for (const n of [1, 2]) {
      await stage.publish([
        envelope(`event-${n}-ten`, "2026-01-31T10:00:00Z"),
        envelope(`event-${n}-eleven`, "2026-01-31T11:00:00Z"),
      ]);
      expect(await sightline(["store", "parquet", "--once", "--json"], settings)).toMatchObject({
        code: 0,
        out: '{"stored":2,"files":2,"refused":0}\n',
      });
    }
    const count = ["query", "SELECT count(*) AS n FROM events", "--json"];
    expect((await sightline(count, settings)).out).toBe('{"n":4}\n');
    expect((await sightline([...count, "--from", "2026-01-31T11:00"], settings)).out).toBe('{"n":2}\n');
    const compact = ["store", "compact", "--json", "--grace", "0s"];
    expect((await sightline(compact, settings)).out).toBe('{"merged":4,"rows":4,"removed":0}\n');
    expect((await sightline(count, settings)).out).toBe('{"n":4}\n');
    expect((await sightline(compact, settings)).out).toBe('{"merged":0,"rows":0,"removed":4}\n');
    expect((await sightline(count, settings)).out).toBe('{"n":4}\n');
    const { out } = await sightline(["store", "files"], settings);
    expect(
      out
        .trim()
        .split("\n")
        .map((line) => line.replace(/compacted-.*/, "compacted")),
    ).toEqual([`${url}/events/2026/01/31/10/events_compacted`, `${url}/events/2026/01/31/11/events_compacted`]);
  });

  test("a key that is taken stays what it is, whoever puts it again", async () => {
    const files = await openFiles({ url, endpoint, cacheDir: join(stage.dataDir, "cache") });
    const path = join(stage.dataDir, "a-file");
    const key = "events/2026/01/31/12/events_x.parquet";
    for (const [text, isNew] of [
      ["first", true],
      ["second", false],
    ] as const) {
      writeFileSync(path, text);
      expect(await files.putFile(key, path)).toBe(isNew);
      expect(existsSync(path)).toBe(!isNew);
    }
    expect(await files.putText(key, "third")).toBe(false);
    expect(await files.readText(key)).toBe("first");
    expect(await files.readText(`${key}.none`)).toBeUndefined();
    await files.remove([key, `${key}.none`]);
    expect(await files.readText(key)).toBeUndefined();
    await expect(files.locate([{ key, bytes: 5, at: new Date() }])).rejects.toThrow("is not there any more");
    files.close();
  });

  test("a bucket that does not exist is told, and nothing is acknowledged", async () => {
    const { code, err } = await sightline(["query", "SELECT 1"], { ...settings, ARCHIVE_URL: "s3://no-such-bucket-here" });
    expect(code).toBe(1);
    expect(err).toContain("The specified bucket does not exist");
  });
});
