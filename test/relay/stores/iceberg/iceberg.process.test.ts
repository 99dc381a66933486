/** What verify reads from an Iceberg table that pyiceberg wrote is what it reads from the archive whose files were put into it. */
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { randomUUID } from "node:crypto";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { CREDENTIALS } from "../../../services/aws.ts";
import { freshDatabase } from "../../../services/postgres.ts";
import { fillArchive } from "../../analysis/fill-sources.ts";
import { goldenFigures, goldenLog } from "../../analysis/golden-log.ts";
import { sightline } from "../../cli/run.ts";
import { pyiceberg, writeIceberg } from "./write-iceberg.ts";

const found = await pyiceberg();
const python = "python" in found ? found.python : "";
const moto = inject("moto");
const postgres = inject("postgres");

describe.skipIf("missing" in found)(`an Iceberg table of events${"missing" in found ? `: ${found.missing}` : ""}`, () => {
  let folder: string;
  let files: string[];
  let sqlite: string;
  let location: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "sightline-iceberg-"));
    await fillArchive(join(folder, "archive"), goldenLog);
    files = globSync(join(folder, "archive", "events", "**", "*.parquet"));
    sqlite = join(folder, "catalog.db");
    location = await write("events");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const write = (table: string, rename = {}) => {
    const properties = { uri: `sqlite:///${sqlite}`, warehouse: `file://${folder}` };
    return writeIceberg(python, { name: "main", properties, table, files, rename });
  };
  const query = (sql: string) =>
    sightline(["query", sql, "--source", "iceberg", "--table", location, "--json"], { DATA_DIR: folder });
  const errorOf = async (table: string, env = {}) => (await verify(table, env)).err;
  const verify = (table: string, env = {}) =>
    sightline(["verify", "--source", "iceberg", "--table", table, "--json"], { DATA_DIR: folder, ...env });

  test("has the figures of the golden log by its metadata, by its folder and by its catalog", async () => {
    for (const [table, env] of [
      [location, {}],
      [join(folder, "raw", "events"), {}],
      ["raw.events", { ICEBERG_CATALOG: sqlite, ICEBERG_CATALOG_NAME: "main" }],
    ] as const) {
      const { out, err } = await verify(table, env);
      expect(err).toBe("");
      expect(JSON.parse(out)).toMatchObject(goldenFigures);
    }
  });

  test("is queried as the archive is, and nothing else of the machine", async () => {
    const own = goldenLog.filter(({ type }) => !type.startsWith("edge.")).length;
    expect((await query("SELECT count(*) AS n FROM events")).out).toBe(`{"n":${own}}\n`);
    expect((await query(`SELECT * FROM read_blob('${sqlite}')`)).err).toContain("Permission Error");
  });

  test.skipIf("missing" in postgres)("is found by a catalog in Postgres, as JdbcCatalog makes its table", async () => {
    const ICEBERG_CATALOG = await freshDatabase("url" in postgres ? postgres.url : "");
    const client = new Client({ connectionString: ICEBERG_CATALOG });
    await client.connect();
    await client.query(`CREATE TABLE iceberg_tables (catalog_name VARCHAR(255) NOT NULL, table_namespace VARCHAR(255) NOT NULL,
      table_name VARCHAR(255) NOT NULL, metadata_location VARCHAR(1000), previous_metadata_location VARCHAR(1000),
      iceberg_type VARCHAR(5), PRIMARY KEY (catalog_name, table_namespace, table_name))`);
    for (const name of ["main", "other"])
      await client.query("INSERT INTO iceberg_tables VALUES ($1, 'raw', 'events', $2, NULL, 'TABLE')", [name, location]);
    await client.end();
    expect((await verify("raw.events", { ICEBERG_CATALOG })).err).toContain("ICEBERG_CATALOG_NAME: expected one of main, other");
    const { out } = await verify("raw.events", { ICEBERG_CATALOG, ICEBERG_CATALOG_NAME: "main" });
    expect(JSON.parse(out)).toMatchObject(goldenFigures);
  });

  test("is read no more where a column was renamed after files were written, and the error names it", async () => {
    const { code, err } = await verify(await write("renamed", { country: "land" }));
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("got land for what was country") });
  });

  test("says what is wrong: no such table, no such catalog, columns that are not those of events", async () => {
    expect(await errorOf("raw.others", { ICEBERG_CATALOG: sqlite })).toContain("expected a table raw.others, and there is none");
    expect(await errorOf("raw.events", { ICEBERG_CATALOG: sqlite, ICEBERG_CATALOG_NAME: "b" })).toContain(
      "raw.events of the catalog b",
    );
    expect(await errorOf("raw.events", { ICEBERG_CATALOG: join(folder, "none") })).toContain("an SQLite file that is there");
    expect(await errorOf(folder)).toContain("expected the folder of an Iceberg table");
    const reply = await errorOf(await write("wrong", { unit_id: "user_id" }));
    expect(reply).toContain("unit_id: expected such a column, and there is none");
  });

  test.skipIf("missing" in moto)("is read from a bucket, by what a REST catalog says of it", async () => {
    const endpoint = "url" in moto ? moto.url : "";
    const bucket = `iceberg-${randomUUID()}`;
    const credentials = { accessKeyId: CREDENTIALS.AWS_ACCESS_KEY_ID, secretAccessKey: CREDENTIALS.AWS_SECRET_ACCESS_KEY };
    const client = new S3Client({ region: "us-east-1", endpoint, forcePathStyle: true, credentials });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    client.destroy();
    const keys = {
      "s3.endpoint": endpoint,
      "s3.region": "us-east-1",
      "s3.access-key-id": credentials.accessKeyId,
      "s3.secret-access-key": credentials.secretAccessKey,
    };
    const properties = { uri: `sqlite:///${join(folder, "s3.db")}`, warehouse: `s3://${bucket}/lake`, ...keys };
    const inBucket = await writeIceberg(python, { name: "main", properties, table: "events", files });
    // A stand-in: it answers as the published interface says, with what a catalog would have.
    const server = createServer(({ url = "", headers }, response) => {
      const answers: Record<string, object> = {
        "/v1/config?warehouse=lake": { overrides: { prefix: "p1" }, defaults: {} },
        "/v1/p1/namespaces/raw/tables/events": { "metadata-location": inBucket, config: keys },
      };
      const isKnown = headers.authorization === "Bearer secret";
      response.statusCode = !isKnown ? 401 : answers[url] === undefined ? 404 : 200;
      response.setHeader("content-type", "application/json").end(JSON.stringify(answers[url] ?? {}));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const catalog = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const env = { ICEBERG_CATALOG: catalog, ICEBERG_WAREHOUSE: "lake" };
      const { out, err } = await verify("raw.events", { ...env, ICEBERG_TOKEN: "secret" });
      expect(err).toBe("");
      expect(JSON.parse(out)).toMatchObject(goldenFigures);
      expect((await verify("raw.events", env)).err).toContain("expected 200, got 401");
    } finally {
      server.close();
    }
  });
});
