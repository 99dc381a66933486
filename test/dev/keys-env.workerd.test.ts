import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCollector, type Collector } from "../services/collector.ts";
import { serveKeys } from "../../dev/keys-env.ts";
import { sightline } from "../relay/cli/run.ts";

let collector: Collector;
beforeAll(async () => {
  collector = await startCollector({ relayUrl: "http://127.0.0.1:1", relayToken: "t" });
});
afterAll(() => collector.close());

describe("the keys' API of a running stack", () => {
  test("is told by settings that are all that sightline keys needs to add a key", async () => {
    const serving = await serveKeys(collector.keyStore, () => undefined);
    const { out: key } = await sightline(["keys", "add", "--tenant", "t9", "--kind", "server"], serving.settings);
    const sent = await fetch(`${collector.url}/v1/events`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key.trim()}` },
      body: "{}",
    });
    // A known key, and an event that is none.
    expect(sent.status).toBe(400);
    await serving.close();
  });
});
