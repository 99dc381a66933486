/** The relay with SOURCE=pull, put together as it runs. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { readCounters, totals } from "../../../../relay/state/counters.ts";
import { type RunningRelay, runRelay } from "../../../../relay/service/main.ts";
import { exposuresIn, openQueues, QUEUES, type Queues } from "../../../contract/source/queues.ts";
import { deliver, envelope, message, pack } from "../../queue.ts";

const ready = (url: string): Promise<string> => fetch(`${url}/readyz`).then((answer) => answer.text());
const PATIENCE = { timeout: 15_000, interval: 20 };

describe("a relay that pulls", () => {
  let folder: string;
  let queues: Queues;
  let relay: RunningRelay | undefined;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "sightline-pull-"));
    queues = await openQueues();
  });
  afterEach(async () => {
    await relay?.stop();
    await queues.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = async (env: NodeJS.ProcessEnv = {}): Promise<string> => {
    relay = await runRelay({
      ...queues.env(folder),
      ...env,
    });
    return `http://127.0.0.1:${relay.port}`;
  };

  test("puts what the queues hold on the bus, once, and acks it", async () => {
    const ids = Array.from({ length: 40 }, (_, i) => `pull-${String(i).padStart(4, "0")}`);
    queues.put(ids.map((id) => pack([envelope({ id })])));
    // Copies, and one that has used up its retries elsewhere.
    queues.put(ids.slice(0, 10).map((id) => pack([envelope({ id })])));
    queues.put([pack([envelope({ id: "pull-dead" })])], QUEUES[1]);
    await start();
    await vi.waitFor(() => expect(queues.lying()).toEqual([]), PATIENCE);
    expect((await exposuresIn(folder)).toSorted()).toEqual([...ids, "pull-dead"].toSorted());
    const counted = { delivered: 41, duplicates: 10, from_dead_letter_queue: 1 };
    await vi.waitFor(() => expect(totals(readCounters(folder) ?? [])).toMatchObject(counted), PATIENCE);
  });

  test("is not ready while the token is wrong, and says why", async () => {
    const url = await start({ CLOUDFLARE_API_TOKEN: "of-somebody-else" });
    await vi.waitFor(
      async () => expect(await ready(url)).toMatch(/cannot be pulled: .*HTTP 401: Authentication error/),
      PATIENCE,
    );
    expect(await ready(url)).not.toContain("of-somebody-else");
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  test("is not ready while a queue is not there, and names it", async () => {
    const url = await start({ CLOUDFLARE_QUEUE_IDS: "events=0000" });
    await vi.waitFor(async () => expect(await ready(url)).toMatch(/the queue events cannot be pulled: .*HTTP 404/), PATIENCE);
  });

  test("takes no deliveries without a RELAY_TOKEN, and with one those too", async () => {
    const one = [message("a", pack([envelope({ id: "both-0001" })]))];
    const RELAY_TOKEN = "a-token-for-the-tests";
    expect((await deliver(await start(), RELAY_TOKEN, one)).status).toBe(404);
    await relay?.stop();
    const url = await start({ RELAY_TOKEN });
    await vi.waitFor(async () => expect(await ready(url)).toBe("ok\n"), PATIENCE);
    expect((await deliver(url, RELAY_TOKEN, one)).status).toBe(200);
  });

  test("has told the queue every verdict when it has stopped", async () => {
    for (let i = 0; i < 10; i++) {
      queues.put(Array.from({ length: 30 }, (_, n) => pack([envelope({ id: `stop-${i}-${String(n).padStart(4, "0")}` })])));
    }
    await start();
    await vi.waitFor(async () => expect((await exposuresIn(folder)).length).toBeGreaterThan(0), PATIENCE);
    await relay?.stop();
    expect(queues.lying().filter(({ leased }) => leased)).toEqual([]);
    expect((await exposuresIn(folder)).length + queues.lying().length).toBe(300);
  });
});
