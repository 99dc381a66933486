import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runRelay } from "../../../relay/service/main.ts";

describe("a relay whose start fails leaves nothing open: the next one starts", () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sightline-start-"));
    env = { RELAY_TOKEN: "a-token-for-the-tests", RELAY_PORT: "0", DATA_DIR: folder, LOG_LEVEL: "silent" };
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const startsNow = async () => {
    const relay = await runRelay(env);
    expect((await fetch(`http://127.0.0.1:${relay.port}/livez`)).status).toBe(200);
    await relay.stop();
  };

  test("where its state was left in the middle of a rebuild", async () => {
    mkdirSync(join(folder, "rebuild.swap"));
    writeFileSync(join(folder, "rebuild.swap/relay.db"), "of the rebuild that was cut short");
    await expect(runRelay(env)).rejects.toThrow("sightline dedup rebuild");
    rmSync(join(folder, "rebuild.swap"), { recursive: true });
    await startsNow();
  });

  test("where its port is another's", async () => {
    const other: Server = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port));
    });
    await expect(runRelay({ ...env, RELAY_PORT: String(port) })).rejects.toThrow("EADDRINUSE");
    await new Promise((resolve) => other.close(resolve));
    await startsNow();
  });
});
