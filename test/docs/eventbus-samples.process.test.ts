/** The samples of the pages on the outbox and on sagas: they type-check against the sources, and run. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { migrateOutbox } from "../../relay/eventbus/outbox/table.ts";
import { freshDatabase } from "../services/postgres.ts";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TSC = fileURLToPath(new URL("bin/tsc", import.meta.resolve("typescript/package.json")));
/** The address that samples name. */
const SHOP = "postgres://127.0.0.1/shop";
const postgres = inject("postgres");

async function samplesOf(page: string): Promise<string[]> {
  const text = await readFile(join(ROOT, page), "utf8");
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ""]) => code);
}

describe("the samples", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sightline-samples-"));
    await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
    await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Runs a sample to its last line; resolves with what it printed. */
  const runSample = async (code: string): Promise<string> => {
    await writeFile(join(folder, "sample.ts"), `${code}\nprocess.exit(0);\n`);
    const options = { cwd: folder, env: { PATH: process.env["PATH"], DATA_DIR: folder } };
    return (await run(process.execPath, ["--no-warnings", "sample.ts"], options)).stdout;
  };

  test("of docs/outbox.md and docs/saga.md type-check", async () => {
    const codes = (await Promise.all(["docs/outbox.md", "docs/saga.md"].map(samplesOf))).flat();
    expect(codes).toHaveLength(4);
    for (const [at, code] of codes.entries()) await writeFile(join(folder, `checked-${at}.ts`), `${code}\nexport {};`);
    const config = {
      extends: join(ROOT, "relay/tsconfig.json"),
      compilerOptions: { typeRoots: [join(ROOT, "node_modules/@types")] },
      include: ["checked-*.ts"],
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
    const said = await run(process.execPath, [TSC, "-p", "."], { cwd: folder }).then(
      () => "",
      (error: { stdout: string }) => error.stdout,
    );
    expect(said).toBe("");
  });

  test("of docs/saga.md run", async () => {
    const [saga = "", stream = ""] = await samplesOf("docs/saga.md");
    expect(await runSample(saga)).toMatch(/ask for a payment\nsend it\n\{[^]*status: 'completed'/);
    expect(await runSample(stream)).toBe("");
  });

  test.skipIf("missing" in postgres)("of docs/outbox.md run, on Postgres", async () => {
    const url = await freshDatabase("url" in postgres ? postgres.url : "");
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query("CREATE TABLE orders (id text); CREATE TABLE bills (order_id text)");
    await migrateOutbox(client);
    for (const code of await samplesOf("docs/outbox.md")) {
      expect(code).toContain(SHOP);
      await runSample(code.replaceAll(SHOP, url));
    }
    const { rows } = await client.query("SELECT orders.id FROM sightline_outbox JOIN orders ON orders.id = event->>'order_id'");
    await client.end();
    expect(rows).toEqual([{ id: "o-1" }]);
  });
});
