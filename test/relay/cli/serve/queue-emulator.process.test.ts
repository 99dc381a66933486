import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startSightlineProcess } from "../run-process.ts";

describe("sightline queue-emulator", () => {
  let dataDir: string;
  beforeEach(() => void (dataDir = mkdtempSync(join(tmpdir(), "sightline-queues-"))));
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  test("prints the settings of a relay that pulls from it, and keeps what was sent when it is killed", async () => {
    const env: Record<string, string> = {};
    const run = async () => {
      const args = ["queue-emulator", "--port", "0", "--queue", "mine=mine-dlq", "--queue", "mine-dlq"];
      const running = startSightlineProcess(args, { DATA_DIR: dataDir, ...env });
      await vi.waitFor(() => expect(running.out()).toMatch(/^CLOUDFLARE_QUEUE_IDS=.*\n/m), 10_000);
      for (const [, name = "", value = ""] of running.out().matchAll(/^(\w+)=(.*)$/gm)) env[name] = value;
      return running;
    };
    const first = await run();
    expect(env["CLOUDFLARE_QUEUE_IDS"]).toMatch(/^mine=[0-9a-f]{32},mine-dlq=[0-9a-f]{32}$/);
    const queue = env["CLOUDFLARE_QUEUE_IDS"]?.split(/[=,]/)[1];
    const post = (path: string, body: object) =>
      fetch(`${env["CLOUDFLARE_API_URL"]}/accounts/${env["CLOUDFLARE_ACCOUNT_ID"]}/queues/${queue}/messages${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${env["CLOUDFLARE_API_TOKEN"]}` },
        body: JSON.stringify(body),
      });
    expect((await post("", { body: "kept", content_type: "text" })).status).toBe(200);
    first.child.kill("SIGKILL");
    await first.exited;
    const second = await run();
    const { result } = (await (await post("/pull", {})).json()) as { result: { messages: { body: string }[] } };
    expect(result.messages.map(({ body }) => body)).toEqual(["kept"]);
    second.child.kill("SIGTERM");
    expect(await second.exited).toBe(0);
  });
});
