import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCollector, type Collector } from "../../demo/collector.ts";
import { serveKeys } from "../../demo/keys-env.ts";

const CLI = fileURLToPath(new URL("../../relay/src/cli/main.ts", import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), "sightline-keys-"));

let collector: Collector;
beforeAll(async () => {
  collector = await startCollector({ relayUrl: "http://127.0.0.1:1", relayToken: "t" });
});
afterAll(async () => {
  await collector.close();
  rmSync(dataDir, { recursive: true });
});

describe("keys.env of a running stack", () => {
  test("is all that sightline keys needs to add a key, is for its owner alone, and goes with the stack", async () => {
    const said: string[] = [];
    const serving = await serveKeys(collector.keyStore, dataDir, (line) => void said.push(line));
    const file = join(dataDir, "keys.env");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(said).toEqual([expect.stringMatching(/: \. .*keys\.env && npx sightline keys list$/)]);
    const command = `. "${file}" && "${process.execPath}" "${CLI}" keys add --tenant t9 --kind server`;
    const { stdout: key } = await promisify(execFile)("sh", ["-c", command]);
    const sent = await fetch(`${collector.url}/v1/events`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key.trim()}` },
      body: "{}",
    });
    // A known key, and an event that is none.
    expect(sent.status).toBe(400);
    await serving.close();
    expect(existsSync(file)).toBe(false);
  });
});
